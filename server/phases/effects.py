"""What follows from a change of a phase, in numbers and names; reads only."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count

from server.phases.changes import DATES
from server.submissions import slots
from server.submissions.deadline_reminders import Reminder, reminders_to_come
from server.submissions.lock_ends import locks_of, window_of
from server.submissions.models import Evaluation, State
from server.teams.models import Membership, TeamLock
from server.time_format import format_utc
from server.tracks.models import Phase, rule_of

TITLES = {"opens_at": "Opens", "closes_at": "Closes", "paused": "Paused", "results_shown_at": "Results shown"}


@dataclass(frozen=True)
class DateChange:
    """One field of a phase before and after."""

    name: str
    before: str
    after: str

    @property
    def title(self) -> str:
        return TITLES[self.name]

    def __str__(self) -> str:
        return f"{self.title}: {self.before} → {self.after}"


@dataclass(frozen=True)
class PhaseEffects:
    """What a change does to one phase. `locked` are the people whose team lock then ends at another time."""

    before: Phase
    after: Phase
    dates: tuple[DateChange, ...]
    consequences: tuple[str, ...]
    locked: int
    queued: int
    running: int
    teams_with_slots: int

    @property
    def sentences(self) -> list[str]:
        """All that follows, but for the traffic of submissions, which changes from minute to minute."""
        return [f"{self.after}: {text}" for text in (*map(str, self.dates), *self.consequences)]

    @property
    def traffic(self) -> list[str]:
        """The numbers that every new submission changes."""
        if self.before.results_shown_at != self.after.results_shown_at:
            waiting = _counted(self.queued + self.running, "submission", "submissions")
            return [f"{waiting} queued or being scored: these scores are public once they are there."]
        locked = _counted(self.locked, "person", "people")
        queued = _counted(self.queued, "submission is", "submissions are")
        return [
            f"The team locks of {locked} end at another time." if self.locked else "No team lock moves.",
            f"{queued} queued and {self.running} being scored; this does not change.",
            f"{_counted(self.teams_with_slots, 'team has', 'teams have')} slots left.",
        ]


def effects_on(before: Phase, after: Phase, now: datetime) -> PhaseEffects:
    """Return what follows for one phase."""
    states = Evaluation.objects.filter(submission__phase=before)
    locks = list(locks_of(before).select_related("user", "team"))
    return PhaseEffects(
        before=before,
        after=after,
        dates=tuple(_dates(before, after, now)),
        consequences=(
            *_shown_scores(before, after, now),
            *_results(before, after, now),
            *_reminders(before, after, now),
            *_elsewhere(locks, before, after, now),
        ),
        locked=len({lock.user_id for lock in locks if _end(lock, before) != _end(lock, after)}),
        queued=states.filter(state=State.QUEUED).count(),
        running=states.filter(state=State.RUNNING).count(),
        teams_with_slots=len(slots.teams_with_slots(after, now)),
    )


def _dates(before: Phase, after: Phase, now: datetime) -> Iterator[DateChange]:
    for name in DATES:
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            none = "not yet" if name == "results_shown_at" else "no end"
            yield DateChange(name, _shown(old, now, none), _shown(new, now, none))


def _shown(value: datetime | bool | None, now: datetime, none: str = "no end") -> str:
    if value is None:
        return none
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "now" if value == now else format_utc(value)


def _shown_scores(before: Phase, after: Phase, now: datetime) -> Iterator[str]:
    """Tell what becomes public where an organiser shows the results."""
    if before.results_shown_at == after.results_shown_at:
        return
    scored = Evaluation.objects.filter(submission__phase=before, rule=rule_of(before), state=State.SCORED)
    found = scored.filter(submission__withdrawn_at=None).aggregate(
        scores=Count("submission"), teams=Count("submission__team", distinct=True)
    )
    scores = _counted(found["scores"], "score", "scores")
    teams = _counted(found["teams"], "team", "teams")
    yield f"Public at once: {scores} of {teams}, with ranks, curves and files."
    if before.shows_details(now) != after.shows_details(now):
        yield "Results per class become public with them."
    if before.status != "closed":
        yield "It has not closed: teams see how they stand while they can still submit."
    yield "Nobody gets a mail unless you send the drafted announcement. What was public cannot be hidden again."


def _results(before: Phase, after: Phase, now: datetime) -> Iterator[str]:
    """Tell where the days move on which results, and results per class, become public."""
    if before.closes_at == after.closes_at:
        return
    if before.results == Phase.Results.AFTER_CLOSE:
        yield from _public_from("results", before, after, now)
    elif before.details == Phase.Details.AFTER_CLOSE:
        yield from _public_from("results per class", before, after, now)


def _public_from(what: str, before: Phase, after: Phase, now: datetime) -> Iterator[str]:
    days = [_shown(phase.closes_at, now) for phase in (before, after)]
    if before.closes_at and before.closes_at <= now:
        yield f"The {what}, public since {days[0]}, are hidden again until {days[1]}."
    elif after.closes_at is None:
        yield f"The {what} were to be public from {days[0]} on, and now never are."
    elif before.closes_at is None:
        yield f"The {what} are public from {days[1]} on."
    else:
        yield f"The {what} are public from {days[1]} on, not from {days[0]} on."


def _reminders(before: Phase, after: Phase, now: datetime) -> Iterator[str]:
    """Tell which reminders of the close teams get again, at another time, or no longer."""
    planned = {reminder.hours: reminder for reminder in reminders_to_come(before, now)}
    to_come = {reminder.hours: reminder for reminder in reminders_to_come(after, now)}
    for hours, reminder in sorted(to_come.items(), reverse=True):
        due = format_utc(reminder.due_at) if reminder.due_at > now else "at once"
        told = f"The reminder {hours} hours before the close is sent"
        if hours not in planned:
            again = " again" if before.closes_at and Reminder(before, before.closes_at, hours).was_sent else ""
            yield f"{told}{again}, {due}."
        elif planned[hours].due_at != reminder.due_at:
            yield f"{told} {due}, not {format_utc(planned[hours].due_at)}."
    for hours in sorted(planned.keys() - to_come.keys(), reverse=True):
        yield f"The reminder {hours} hours before the close is no longer sent."


def _elsewhere(locks: list[TeamLock], before: Phase, after: Phase, now: datetime) -> Iterator[str]:
    """Name the people whom the change locks to a team again while they are in another."""
    again = [lock for lock in locks if not _binds(lock, before, now) and _binds(lock, after, now)]
    memberships = Membership.objects.filter(user__in=[lock.user_id for lock in again]).select_related("team")
    teams = {membership.user_id: membership.team for membership in memberships}
    for lock in again:
        team = teams.get(lock.user_id)
        if team and team.pk != lock.team_id:
            yield (
                f"{lock.user} submitted with {lock.team} and is in {team} meanwhile, which cannot submit "
                "with this member unless you end the team lock."
            )


def _binds(lock: TeamLock, phase: Phase, now: datetime) -> bool:
    end = _end(lock, phase)
    return end is None or end > now


def _end(lock: TeamLock, phase: Phase) -> datetime | None:
    return phase.end_of_window(window_of(lock))


def _counted(count: int, one: str, several: str) -> str:
    return f"{count} {one if count == 1 else several}"
