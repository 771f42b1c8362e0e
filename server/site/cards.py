"""Cards of the home page and rows of a track's page: its phases, and what the reader's team may do in them."""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.utils import timezone

from leaderboard.ranking.standings import Standing
from leaderboard.table.page import leader
from server.submissions import slots
from server.submissions.exceptions import SubmissionRefused
from server.submissions.services import check_open
from server.teams.models import Team
from server.tracks.models import Phase, ScoringRule, Split, Track

NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class TrackCard:
    """A track with its most relevant phase, and the free slots of the reader's team in it.

    `leader` is first in `board`, the phase that decides or decided the challenge.
    """

    track: Track
    phase: Phase | None
    board: Phase | None
    leader: Standing | None
    left: int | None  # None where the team cannot submit, or there is none
    upcoming: Phase | None  # the next one to open


@dataclass(frozen=True)
class PhaseRow:
    """A phase with the rule that scores it, and the free slots of the reader's team, if there is one."""

    phase: Phase
    rule: ScoringRule | None
    slots_left: int | None
    next_reset: datetime | None


def card_of(track: Track, team: Team | None) -> TrackCard:
    phases = list(track.phases.all())
    phase = _most_relevant(phases)
    board = _deciding(phases) or phase
    return TrackCard(
        track,
        phase,
        board,
        leader=leader(board) if board and not track.scorer_error else None,
        left=slots.free(team, phase, timezone.now()) if team and phase and takes_submissions(phase) else None,
        upcoming=min(_upcoming(phases), key=lambda each: each.opens_at, default=None),
    )


def _upcoming(phases: list[Phase]) -> list[Phase]:
    return [phase for phase in phases if phase.status == "upcoming"]


def _most_relevant(phases: list[Phase]) -> Phase | None:
    """Return the open phase that can score and closes first; else one without an end; else any that has begun."""
    begun = [phase for phase in phases if phase.status != "upcoming"]
    open_phases = [phase for phase in begun if phase.status == "open"]
    by_end = sorted(open_phases, key=lambda phase: phase.closes_at or NEVER)
    return next((phase for phase in by_end if phase.published_rule()), None) or next(iter(begun), None)


def _deciding(phases: list[Phase]) -> Phase | None:
    """Return the latest phase on the test split with an end, once it has begun.

    After its close it stays, even without a leader to show: whoever leads a validation phase has won nothing.
    """
    begun = [phase for phase in phases if phase.status != "upcoming"]
    challenges = [phase for phase in begun if phase.split == Split.TEST and phase.closes_at]
    return max(challenges, key=lambda phase: phase.opens_at, default=None)


def phase_row(phase: Phase, team: Team | None) -> PhaseRow:
    now = timezone.now()
    left = slots.free(team, phase, now) if team else None
    return PhaseRow(phase, phase.published_rule(), left, phase.next_window_opens(now))


def takes_submissions(phase: Phase) -> bool:
    try:
        return bool(check_open(phase, timezone.now()))
    except SubmissionRefused:
        return False
