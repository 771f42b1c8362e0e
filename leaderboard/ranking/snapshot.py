"""What decides over a board at a moment, now or in the past, read in a fixed number of queries."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from leaderboard.models import Review
from leaderboard.ranking import history
from leaderboard.ranking.rank import Row, printed
from server.submissions.models import Entry, Evaluation, State
from server.tracks.models import Phase, ScoringRule


@dataclass(frozen=True)
class Facts:
    """A board before it is ranked. `at` is None for now; `left_out` stays unseen whatever stood then."""

    phase: Phase
    rule: ScoringRule
    at: datetime | None
    reviews: dict[object, list[Review]]
    entries: dict[object, Entry]
    withdrawn: set[object]
    left_out: set[object] = field(default_factory=set)

    @property
    def by_choice(self) -> bool:
        return self.phase.stands_on == Phase.StandsOn.CHOSEN

    @property
    def evaluations(self) -> QuerySet[Evaluation]:
        """All that were scored by the rule until then."""
        scored = Evaluation.objects.filter(submission__phase=self.phase, rule=self.rule, state=State.SCORED)
        return scored.filter(finished_at__lte=self.at) if self.at else scored

    @cached_property
    def rows(self) -> list[Row]:
        """What the ranking is made from: narrow rows, for there may be thousands and few of them stand.

        The database cannot pick a team's best itself: what prints alike is equal, and then the earlier one stands.
        """
        return list(self._rows())

    def _rows(self) -> Iterator[Row]:
        headline = self.phase.track.headline
        wanted = ("pk", "submission_id", "submission__team_id", "submission__received_at", "scores")
        for key, submission, team, received_at, scores in self.evaluations.order_by().values_list(*wanted):
            entry = self.entries.get(team)
            yield Row(
                key=key,
                team=team,
                printed=printed(headline, scores.get(headline.key)),
                received_at=received_at,
                chosen=entry is not None and entry.chosen_id == submission,
                withdrawn=submission in self.withdrawn,
                verdicts=frozenset(review.verdict for review in self.reviews.get(submission, ())),
            )


def facts(phase: Phase, at: datetime | None, *, unveiled: bool = False) -> Facts | None:
    """None where the board is hidden from everyone but organisers, and where no rule is, or was, published."""
    if not unveiled and not _shown(phase, at):
        return None
    return _then(phase, at) if at else _now(phase)


def _shown(phase: Phase, at: datetime | None) -> bool:
    """Whether everyone may see the board of that moment: they may now, and could then."""
    now = timezone.now()
    return phase.shows_results(now) and (at is None or history.phase_at(phase, at).shows_results(at))


def _now(phase: Phase) -> Facts | None:
    rule = phase.published_rule()
    if rule is None:
        return None
    entries = {entry.team_id: entry for entry in Entry.objects.filter(phase=phase)}
    return Facts(phase, rule, None, history.reviews_at(phase, None), entries, history.withdrawn_now(phase))


def _then(phase: Phase, at: datetime) -> Facts | None:
    rule = history.rule_at(phase, at)
    if rule is None:
        return None
    past = history.past_entries(phase, at)
    return Facts(
        history.phase_at(phase, at),
        rule,
        at,
        history.reviews_at(phase, at),
        history.entries_at(phase, past, timezone.now()),
        {UUID(key) for one in past for key in one.withdrawn},
        left_out=history.hidden_now(phase),
    )
