"""Alarms that last, as they are now."""

from server.alarms.models import Alarm
from server.desk.causes import causes_now
from server.desk.sections.line import DeskLine, Section


def lasting() -> Section:
    """What is wrong at this moment, and alarms whose end the watch has not seen yet."""
    now = {cause.key: cause for cause in causes_now()}
    known = {alarm.cause: alarm for alarm in Alarm.objects.lasting()}
    lines = [_line(cause.title, cause.text, known.get(key)) for key, cause in now.items()]
    lines += [_line(alarm.title, alarm.text, alarm) for key, alarm in known.items() if key not in now]
    return Section("alarms", "Alarms", lines, tone="danger")


def _line(title: str, text: str, alarm: Alarm | None) -> DeskLine:
    return DeskLine(title, text, at=alarm.since if alarm else None)
