"""Reminders that a phase closes soon, sent three days and one day before."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string

from server.outbox.models import EmailKind
from server.outbox.services import enqueue_email, one_line, was_enqueued
from server.submissions import slots
from server.submissions.exceptions import SubmissionRefused
from server.submissions.services import check_open
from server.teams.models import Team
from server.time_format import format_utc
from server.tracks.models import Phase

HOURS = (24, 72)  # before the close, in ascending order


def remind(now: datetime) -> None:
    """Write the reminders that are due: one for each of HOURS before each close, and none that is late."""
    latest = now + timedelta(hours=HOURS[-1])
    for phase in Phase.objects.open_at(now).filter(closes_at__lte=latest).select_related("track"):
        hours = next(hours for hours in HOURS if phase.closes_at - now <= timedelta(hours=hours))
        if _takes_submissions(phase, now) and not was_enqueued(_key(phase, hours)):
            _remind_teams(phase, hours, now)


def _takes_submissions(phase: Phase, now: datetime) -> bool:
    """Whether the phase accepts submissions: not while it is paused or without ground truth."""
    try:
        return bool(check_open(phase, now))
    except SubmissionRefused:
        return False


@transaction.atomic
def _remind_teams(phase: Phase, hours: int, now: datetime) -> None:
    """Remind all teams in one transaction, so that one row shows that it was done; safe in two workers at once."""
    later = [mark for mark in HOURS if mark < hours]  # by then the next reminder replaces this one
    until = phase.closes_at - timedelta(hours=max(later, default=0))
    for team in _teams_to_remind(phase, hours, now):
        subject, text = _render(phase, team, hours, now)
        for membership in team.memberships.select_related("user").order_by("user_id"):
            enqueue_email(membership.user, EmailKind.DEADLINE, _key(phase, hours), subject, text, until=until)


def _teams_to_remind(phase: Phase, hours: int, now: datetime) -> list[Team]:
    """Return the teams that had submitted to a phase of the track by then and can still submit to this one."""
    mark = phase.closes_at - timedelta(hours=hours)
    played = Team.objects.filter(submissions__phase__track=phase.track_id, submissions__received_at__lt=mark)
    more_to_come = phase.next_window_opens(now) is not None
    return [team for team in played.distinct().order_by("pk") if more_to_come or slots.free(team, phase, now)]


def _render(phase: Phase, team: Team, hours: int, now: datetime) -> tuple[str, str]:
    """Return the subject and text of a team's reminder."""
    context = {
        "phase": phase,
        "closes_at": format_utc(phase.closes_at),
        "time_left": {24: "one day", 72: "three days"}[hours],
        "team": one_line(team.name),
        "slots_left": slots.free(team, phase, now),
        "url": settings.SITE_URL + phase.submit_url,
    }
    folder = "submissions/email"
    subject = render_to_string(f"{folder}/deadline_subject.txt", context)
    return subject, render_to_string(f"{folder}/deadline_message.txt", context).strip()


def _key(phase: Phase, hours: int) -> str:
    """Return a key with the deadline: one that is moved gets new reminders."""
    return f"phase {phase.pk} closes {phase.closes_at.isoformat()} in {hours}"
