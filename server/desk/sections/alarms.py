"""Alarms that last, as they are now."""

from server.alarms.models import Alarm
from server.desk.sections.line import Line, Section
from server.desk.troubles import troubles


def lasting() -> Section:
    """What is wrong at this moment, and alarms whose end the watch has not seen yet."""
    now = {trouble.cause: trouble for trouble in troubles()}
    known = {alarm.cause: alarm for alarm in Alarm.objects.lasting()}
    lines = [_line(trouble.title, trouble.text, known.get(cause)) for cause, trouble in now.items()]
    lines += [_line(alarm.title, alarm.text, alarm) for cause, alarm in known.items() if cause not in now]
    return Section("alarms", "Alarms", lines, tone="danger")


def _line(title: str, text: str, alarm: Alarm | None) -> Line:
    return Line(title, text, at=alarm.since if alarm else None)
