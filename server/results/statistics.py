"""Statistics of a phase: teams, submissions a day, rejections by cause, time to score; none tells of one team."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from math import ceil
from statistics import median

from django.db.models import F
from django.utils import timezone

from server.results.day_bars import DayBars, day_bars
from server.submissions.models import Evaluation, State, Submission
from server.tracks.models import Phase

FEWEST_TEAMS = 3  # with fewer, each of them could subtract itself and read the other


@dataclass(frozen=True)
class PhaseStatistics:
    """`days`: each UTC day from the first submission to the last with its submissions; seconds to score.

    `causes`: each code of an archive error with the number of submissions that were rejected with it.
    """

    teams: int
    submissions: int
    states: tuple[tuple[str, int], ...]
    days: tuple[tuple[date, int], ...]
    causes: tuple[tuple[str, int], ...]
    median_seconds: float | None
    p90_seconds: float | None

    @cached_property
    def figure(self) -> DayBars:
        return day_bars(self.days)

    @property
    def median(self) -> str:
        return in_words(self.median_seconds)

    @property
    def p90(self) -> str:
        return in_words(self.p90_seconds)

    @property
    def rejected(self) -> int:
        return dict(self.states).get(State.REJECTED.label, 0)


def public_statistics(phase: Phase) -> tuple[PhaseStatistics | None, str]:
    """What everyone may see now, or None and why there is nothing.

    No page says anything of the submissions of a phase that hides its results, so neither does this one. While
    a phase is open the present day is left out: its numbers would move at the moment of each submission.
    """
    now = timezone.now()
    if not phase.shows_results(now):
        return None, "They appear with the results, which are not shown yet."
    closed = phase.closes_at is not None and phase.closes_at <= now
    found = statistics_of(phase, None if closed else _midnight(now))
    if found.teams < FEWEST_TEAMS:
        return None, f"They appear once {FEWEST_TEAMS} teams have submitted: of fewer, each could be recognised."
    return found, ""


def statistics_of(phase: Phase, until: datetime | None = None) -> PhaseStatistics:
    """All submissions of the phase that were received before `until`."""
    submissions = Submission.objects.filter(phase=phase).order_by()
    if until:
        submissions = submissions.filter(received_at__lt=until)
    received = list(submissions.values_list("team", "received_at"))
    evaluations = Evaluation.objects.filter(submission__in=submissions, rescoring=False).order_by()
    states = Counter(evaluations.values_list("state", flat=True))
    rejected = evaluations.filter(state=State.REJECTED).values_list("problems", flat=True)
    causes = Counter(code for problems in rejected for code in {problem["code"] for problem in problems})
    ended = evaluations.filter(state__in=[State.SCORED, State.REJECTED], finished_at__isnull=False)
    waits = ended.annotate(received=F("submission__received_at")).values_list("received", "finished_at")
    seconds = sorted(max(0.0, (finished - began).total_seconds()) for began, finished in waits)
    return PhaseStatistics(
        teams=len({team for team, _ in received}),
        submissions=len(received),
        states=tuple((state.label, states[state]) for state in State if states[state]),
        days=_by_day([at for _, at in received]),
        causes=tuple(sorted(causes.items(), key=lambda pair: (-pair[1], pair[0]))),
        median_seconds=median(seconds) if seconds else None,
        p90_seconds=seconds[ceil(0.9 * len(seconds)) - 1] if seconds else None,
    )


def _by_day(times: Sequence[datetime]) -> tuple[tuple[date, int], ...]:
    """Each day from the first to the last, also those without a submission."""
    counts = Counter(at.astimezone(UTC).date() for at in times)
    if not counts:
        return ()
    first, last = min(counts), max(counts)
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return tuple((day, counts[day]) for day in days)


def _midnight(now: datetime) -> datetime:
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def in_words(seconds: float | None) -> str:
    """A time in the unit that people would say: “42 s”, “7 min”, “3.5 h”."""
    if seconds is None:
        return "–"
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
