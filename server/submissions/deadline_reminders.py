"""Reminders that a phase closes soon, sent three days and one day before."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string

from server.outbox.models import EmailKind
from server.outbox.services import enqueue_email, enqueued_keys, expire, mailed_name
from server.submissions import slots
from server.submissions.exceptions import SubmissionRefused
from server.submissions.models import TeamDisqualification
from server.submissions.services import check_open
from server.teams.models import Team
from server.time_format import format_utc
from server.tracks.models import Phase

HOURS = (24, 72)  # before the close, in ascending order
MOVED = timedelta(minutes=10)  # a deadline that moves by less is the same one
KEY = re.compile(r"phase (?P<phase>\d+) closes (?P<at>\S+) in (?P<hours>\d+)")


def _is_about(closes_at: datetime, told: datetime) -> bool:
    return abs(closes_at - told) < MOVED


@dataclass(frozen=True)
class Reminder:
    """A reminder of a phase's close, sent that many hours before it."""

    phase: Phase
    closes_at: datetime
    hours: int

    @property
    def due_at(self) -> datetime:
        return self.closes_at - timedelta(hours=self.hours)

    @property
    def replaced_at(self) -> datetime:
        """When the next reminder of this close is due, or the close itself."""
        later = [hours for hours in HOURS if hours < self.hours]
        return self.closes_at - timedelta(hours=max(later, default=0))

    @property
    def key(self) -> str:
        """A key with the deadline: one that is moved gets new reminders."""
        return f"phase {self.phase.pk} closes {self.closes_at.isoformat()} in {self.hours}"

    @property
    def was_sent(self) -> bool:
        """Whether teams were reminded of this close, or of one a few minutes earlier or later."""
        told = map(KEY.fullmatch, enqueued_keys(f"phase {self.phase.pk} closes "))
        same_hours = [key for key in told if key and int(key["hours"]) == self.hours]
        return any(_is_about(self.closes_at, datetime.fromisoformat(key["at"])) for key in same_hours)


def remind(now: datetime) -> None:
    """Write the reminders that are due: one for each of HOURS before each close, and none that is late."""
    expire(EmailKind.DEADLINE, _is_outdated)
    latest = now + timedelta(hours=HOURS[-1])
    for phase in Phase.objects.open_at(now).filter(closes_at__lte=latest).select_related("track"):
        reminder = _next_reminder(phase, now)
        if reminder and _takes_submissions(phase, now) and not reminder.was_sent:
            _remind_teams(reminder, now)


def reminders_to_come(phase: Phase, now: datetime) -> list[Reminder]:
    """Return the reminders of this close that teams will get from now on, the last one first."""
    if phase.closes_at is None or phase.paused:
        return []
    reminders = [Reminder(phase, phase.closes_at, hours) for hours in HOURS]
    return [reminder for reminder in reminders if now < reminder.replaced_at and not reminder.was_sent]


def _is_outdated(key: str) -> bool:
    """Whether the close of a reminder that still waits has moved: it would name a wrong time."""
    told = KEY.fullmatch(key)
    if told is None:
        return False
    closes_at = Phase.objects.filter(pk=told["phase"]).values_list("closes_at", flat=True).first()
    return closes_at is None or not _is_about(closes_at, datetime.fromisoformat(told["at"]))


def _next_reminder(phase: Phase, now: datetime) -> Reminder | None:
    """Return the reminder that is due, or None if the phase does not close soon."""
    if phase.closes_at is None:
        return None
    due = (hours for hours in HOURS if phase.closes_at - now <= timedelta(hours=hours))
    return next((Reminder(phase, phase.closes_at, hours) for hours in due), None)


def _takes_submissions(phase: Phase, now: datetime) -> bool:
    """Whether the phase accepts submissions: not while it is paused or without ground truth."""
    try:
        return bool(check_open(phase, now))
    except SubmissionRefused:
        return False


@transaction.atomic
def _remind_teams(reminder: Reminder, now: datetime) -> None:
    """Remind all teams in one transaction, so that one row shows that it was done; safe in two workers at once."""
    key, until = reminder.key, reminder.replaced_at
    for team in _teams_to_remind(reminder, now):
        subject, text = _render(reminder, team, now)
        for membership in team.memberships.select_related("user").order_by("user_id"):
            enqueue_email(membership.user, EmailKind.DEADLINE, key, subject, text, until=until)


def _teams_to_remind(reminder: Reminder, now: datetime) -> list[Team]:
    """Return the teams that had submitted to a phase of the track by then and can still submit to this one."""
    phase, due_at = reminder.phase, reminder.due_at
    played = Team.objects.filter(submissions__phase__track=phase.track_id, submissions__received_at__lt=due_at)
    played = played.exclude(pk__in=TeamDisqualification.objects.teams(phase))
    more_to_come = phase.next_window_opens(now) is not None
    return [team for team in played.distinct().order_by("pk") if more_to_come or slots.free(team, phase, now)]


def _render(reminder: Reminder, team: Team, now: datetime) -> tuple[str, str]:
    """Return the subject and text of a team's reminder."""
    context = {
        "phase": reminder.phase,
        "closes_at": format_utc(reminder.closes_at),
        "time_left": {24: "one day", 72: "three days"}[reminder.hours],
        "team": mailed_name(team.name),
        "slots_left": slots.free(team, reminder.phase, now),
        "url": settings.SITE_URL + reminder.phase.submit_url,
    }
    subject = render_to_string("submissions/email/deadline_subject.txt", context)
    return subject, render_to_string("submissions/email/deadline_message.txt", context).strip()
