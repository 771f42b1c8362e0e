"""Reminders of a phase that is about to close, three days and one day before."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from server.outbox.models import EmailKind
from server.outbox.services import enqueue_email, one_line, was_enqueued
from server.submissions import slots
from server.submissions.exceptions import SubmissionRefused
from server.submissions.services import check_open
from server.teams.models import Team
from server.time_format import format_utc
from server.tracks.models import Phase

HOURS = (24, 72)  # before the close, the nearest first


def remind(now: datetime) -> None:
    """Tell who still can submit that a phase closes soon; each mark of each close once, and never late."""
    furthest = now + timedelta(hours=HOURS[-1])
    for phase in Phase.objects.open_at(now).filter(closes_at__lte=furthest).select_related("track"):
        hours = next(hours for hours in HOURS if phase.closes_at - now <= timedelta(hours=hours))
        if _takes_submissions(phase, now) and not was_enqueued(_key(phase, hours)):
            _remind_teams(phase, hours, now)


def _takes_submissions(phase: Phase, now: datetime) -> bool:
    """Not while it is paused, nor without ground truth."""
    try:
        return bool(check_open(phase, now))
    except SubmissionRefused:
        return False


@transaction.atomic
def _remind_teams(phase: Phase, hours: int, now: datetime) -> None:
    """All of them or none, so that one row says that the mark was told. Two workers at once tell the same."""
    later = [mark for mark in HOURS if mark < hours]  # the next mark says more than this one by then
    until = phase.closes_at - timedelta(hours=max(later, default=0))
    for team in _teams_to_remind(phase, hours, now):
        subject, text = _letter(phase, team, hours, now)
        for membership in team.memberships.select_related("user").order_by("user_id"):
            enqueue_email(membership.user, EmailKind.DEADLINE, _key(phase, hours), subject, text, until=until)


def _teams_to_remind(phase: Phase, hours: int, now: datetime) -> list[Team]:
    """Those that had submitted to some phase of the track when the mark came, and can still do so in this one.

    Who never touched the track is not asked to; who has no slot left can do nothing about it.
    """
    mark = phase.closes_at - timedelta(hours=hours)
    played = Team.objects.filter(submissions__phase__track=phase.track_id, submissions__received_at__lt=mark)
    more_to_come = phase.next_window_opens(now) is not None
    return [team for team in played.distinct().order_by("pk") if more_to_come or slots.free(team, phase, now)]


def _letter(phase: Phase, team: Team, hours: int, now: datetime) -> tuple[str, str]:
    left, soon = slots.free(team, phase, now), {24: "one day", 72: "three days"}[hours]
    held = f"{left} slot{'s' if left != 1 else ''} left" if left else "no slot left until its next ones come"
    text = (
        f"{phase} closes on {format_utc(phase.closes_at)}, in less than {soon}.\n\n"
        f"Your team {one_line(team.name)} has {held} there. What counts is when an upload begins, by the "
        f"server's clock.\n\n{settings.SITE_URL}{phase.submit_url}"
    )
    return f"{phase} closes in less than {soon}", text


def _key(phase: Phase, hours: int) -> str:
    """A deadline that moves is another one, which is told again."""
    return f"phase {phase.pk} closes {phase.closes_at.isoformat()} in {hours}"
