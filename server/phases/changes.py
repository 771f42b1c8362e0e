"""What an organiser may change about when a phase is open and its results are shown, and what is refused."""

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import models

from server.phases.exceptions import (
    ClosesBeforeOpens,
    EndIsNeeded,
    InThePast,
    NeedsTime,
    NothingChanges,
    NotLater,
    WrongState,
)
from server.time_format import format_utc
from server.tracks.models import Phase

DATES = ("opens_at", "closes_at", "paused", "results_shown_at")  # the fields that a change may write
IN_ORDER = ("track", "opens_at", "pk")  # in which phases are listed
MOST_HOURS = 366 * 24


class Act(models.TextChoices):
    EXTEND = "extend", "Extend the deadline"
    MOVE = "move", "Move the dates"
    PAUSE = "pause", "Pause"
    RESUME = "resume", "Resume"
    REOPEN = "reopen", "Reopen"
    CLOSE_NOW = "close_now", "Close now"
    SHOW_RESULTS = "show_results", "Show the results"


@dataclass(frozen=True)
class Change:
    """An act with its times: `hours` or `closes_at` to extend, any of the times to move, `closes_at` to reopen."""

    act: str
    hours: int | None = None
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    no_end: bool = False


def changed(phase: Phase, change: Change, now: datetime) -> Phase:
    """Return a copy of the phase as the change leaves it. Raises PhaseChangeRefused."""
    after = copy(phase)
    ACTS[change.act](after, change, now)
    if all(getattr(after, name) == getattr(phase, name) for name in DATES):
        raise NothingChanges(phase)
    return after


def _extend(phase: Phase, change: Change, now: datetime) -> None:
    closes_at = _present_close(phase, now)
    if (change.hours is None) == (change.closes_at is None) or change.opens_at or change.no_end:
        raise NeedsTime("To extend, give either the number of hours or the new close.")
    if change.hours is not None and not 0 < change.hours <= MOST_HOURS:
        raise NeedsTime(f"Give a number of hours from 1 to {MOST_HOURS:,}.")
    phase.closes_at = change.closes_at or closes_at + timedelta(hours=change.hours or 0)
    if phase.closes_at <= now:
        raise InThePast(phase, phase.closes_at, "close")
    if phase.closes_at < closes_at:
        raise NotLater(phase, closes_at)


def _present_close(phase: Phase, now: datetime) -> datetime:
    if phase.closes_at is None:
        raise WrongState(f"{phase} has no end. To give it one, choose “Move the dates”.")
    if phase.closes_at <= now:
        raise WrongState(f"{phase} closed on {format_utc(phase.closes_at)}. To open it again, choose “Reopen”.")
    return phase.closes_at


def _move(phase: Phase, change: Change, now: datetime) -> None:
    if not (change.opens_at or change.closes_at or change.no_end) or change.hours is not None:
        raise NeedsTime("To move the dates, give the new opening, the new close or both.")
    if change.closes_at and change.no_end:
        raise NeedsTime("Give a new close, or say that there is none: not both.")
    if change.opens_at and change.opens_at != phase.opens_at:
        _move_opening(phase, change.opens_at, now)
    if change.closes_at and change.closes_at != phase.closes_at:
        _move_close(phase, change.closes_at, now)
    if change.no_end:
        _remove_close(phase, now)
    if phase.closes_at and phase.closes_at <= phase.opens_at:
        raise ClosesBeforeOpens(phase, phase.opens_at, phase.closes_at)


def _move_opening(phase: Phase, opens_at: datetime, now: datetime) -> None:
    if phase.opens_at <= now:
        raise WrongState(
            f"{phase} opened on {format_utc(phase.opens_at)}, and that cannot move any more. To let nobody submit "
            "for a while, choose “Pause”."
        )
    if opens_at <= now:
        raise InThePast(phase, opens_at, "open")
    phase.opens_at = opens_at


def _move_close(phase: Phase, closes_at: datetime, now: datetime) -> None:
    if phase.closes_at is not None:
        _present_close(phase, now)
    if closes_at <= now:
        raise InThePast(phase, closes_at, "close")
    phase.closes_at = closes_at


def _remove_close(phase: Phase, now: datetime) -> None:
    if phase.results == Phase.Results.AFTER_CLOSE:
        raise EndIsNeeded(phase)
    if phase.closes_at is not None:
        _present_close(phase, now)
    phase.closes_at = None


def _pause(phase: Phase, change: Change, now: datetime) -> None:
    if phase.closes_at and phase.closes_at <= now:
        raise WrongState(f"{phase} closed on {format_utc(phase.closes_at)}: nobody can submit to it.")
    _set_paused(phase, change, paused=True)


def _resume(phase: Phase, change: Change, now: datetime) -> None:
    _set_paused(phase, change, paused=False)


def _set_paused(phase: Phase, change: Change, *, paused: bool) -> None:
    _refuse_times(change)
    phase.paused = paused


def _reopen(phase: Phase, change: Change, now: datetime) -> None:
    if phase.closes_at is None or phase.closes_at > now:
        raise WrongState(f"{phase} is not closed. To move its close, choose “Extend” or “Move the dates”.")
    if change.closes_at is None or change.hours is not None or change.opens_at or change.no_end:
        raise NeedsTime("To reopen, give the new close, and no other time.")
    if change.closes_at <= now:
        raise InThePast(phase, change.closes_at, "close")
    phase.closes_at = change.closes_at


def _close_now(phase: Phase, change: Change, now: datetime) -> None:
    _refuse_times(change)
    if phase.opens_at >= now or (phase.closes_at and phase.closes_at <= now):
        raise WrongState(f"{phase} is not open. To move its dates, choose “Move the dates”.")
    phase.closes_at = now


def _show_results(phase: Phase, change: Change, now: datetime) -> None:
    _refuse_times(change)
    if phase.results != Phase.Results.BY_ORGANISER:
        raise WrongState(f"{phase} shows its results {phase.get_results_display()}: its settings say so.")
    if phase.results_shown_at:
        raise WrongState(f"The results of {phase} have been public since {format_utc(phase.results_shown_at)}.")
    phase.results_shown_at = now


def _refuse_times(change: Change) -> None:
    if change.hours is not None or change.opens_at or change.closes_at or change.no_end:
        raise NeedsTime(f"“{Act(change.act).label}” takes effect at once. Leave the times empty.")


ACTS: dict[str, Callable[[Phase, Change, datetime], None]] = {
    Act.EXTEND: _extend,
    Act.MOVE: _move,
    Act.PAUSE: _pause,
    Act.RESUME: _resume,
    Act.REOPEN: _reopen,
    Act.CLOSE_NOW: _close_now,
    Act.SHOW_RESULTS: _show_results,
}
