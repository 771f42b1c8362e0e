"""Everything that decides a board at one time, now or in the past, read in a fixed number of queries."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from leaderboard.models import Review
from leaderboard.ranking import history
from leaderboard.ranking.rank import Candidate
from server.submissions.models import Entry, Evaluation, State, TeamDisqualification
from server.tracks.models import Phase, ScoringRule, rule_at


@dataclass(frozen=True)
class Snapshot:
    """A board before it is ranked. `at` is None for now; submissions in `excluded` are never shown."""

    phase: Phase
    rule: ScoringRule
    at: datetime | None
    reviews: dict[UUID, list[Review]]
    entries: dict[UUID, Entry]
    withdrawn: set[UUID]
    disqualified: dict[UUID, TeamDisqualification] = field(default_factory=dict)
    excluded: set[UUID] = field(default_factory=set)

    @property
    def by_choice(self) -> bool:
        return self.phase.stands_on == Phase.StandsOn.CHOSEN

    @property
    def evaluations(self) -> QuerySet[Evaluation]:
        """All evaluations that the rule had scored by then."""
        scored = Evaluation.objects.filter(submission__phase=self.phase, rule=self.rule, state=State.SCORED)
        return scored.filter(finished_at__lte=self.at) if self.at else scored

    @cached_property
    def candidates(self) -> list[Candidate]:
        """The input of the ranking: a few columns each, as there may be thousands and few of them stand.

        The database cannot pick a team's best itself: what prints alike is equal, and then the earlier one stands.
        """
        return list(self._candidates())

    @cached_property
    def palette(self) -> dict[UUID, int]:
        """Teams numbered by the time of their first scored submission: ranks and choices change no colour."""
        in_order = sorted(self.candidates, key=lambda candidate: (candidate.received_at, str(candidate.key)))
        teams = dict.fromkeys(candidate.team for candidate in in_order)
        return {team: index for index, team in enumerate(teams)}

    def _candidates(self) -> Iterator[Candidate]:
        headline = self.phase.track.description.headline
        columns = ("pk", "submission_id", "submission__team_id", "submission__received_at", "scores")
        for key, submission, team, received_at, scores in self.evaluations.order_by().values_list(*columns):
            entry = self.entries.get(team)
            yield Candidate(
                key=key,
                team=team,
                sort_key=headline.sort_key(scores.get(headline.key)),
                received_at=received_at,
                chosen=entry is not None and entry.chosen_id == submission,
                withdrawn=submission in self.withdrawn,
                verdicts=frozenset(review.verdict for review in self.reviews_of(submission, team)),
            )

    def reviews_of(self, submission: UUID, team: UUID) -> list[Review]:
        """The reviews in force. Each submission of a disqualified team is disqualified, for the team's reason."""
        own, of_team = self.reviews.get(submission, []), self.disqualified.get(team)
        if of_team is None:
            return own
        disqualified = Review.Verdict.DISQUALIFIED
        facts = {"reason": of_team.reason, "by_id": of_team.by_id, "at": of_team.at}
        inherited = Review(submission_id=submission, verdict=disqualified, **facts)
        return [*(review for review in own if review.verdict != disqualified), inherited]


def snapshot_of(phase: Phase, at: datetime | None, *, include_hidden: bool = False) -> Snapshot | None:
    """The board's snapshot; None where its results are hidden, or no rule is, or was, published."""
    if not include_hidden and not _is_public(phase, at):
        return None
    return _past_snapshot(phase, at) if at else _current_snapshot(phase)


def _is_public(phase: Phase, at: datetime | None) -> bool:
    """Whether everyone may see the board of that time: its results are shown now, and were then."""
    now = timezone.now()
    return phase.shows_results(now) and (at is None or history.phase_at(phase, at).shows_results(at))


def _current_snapshot(phase: Phase) -> Snapshot | None:
    rule = phase.published_rule()
    if rule is None:
        return None
    entries = {entry.team_id: entry for entry in Entry.objects.filter(phase=phase)}
    reviews, disqualified = history.reviews_at(phase, None), history.disqualifications_at(phase, None)
    return Snapshot(phase, rule, None, reviews, entries, history.withdrawn_now(phase), disqualified)


def _past_snapshot(phase: Phase, at: datetime) -> Snapshot | None:
    rule = rule_at(phase, at)
    if rule is None:
        return None
    past = history.past_entries(phase, at)
    return Snapshot(
        history.phase_at(phase, at),
        rule,
        at,
        history.reviews_at(phase, at),
        history.entries_at(phase, past, timezone.now()),
        {UUID(key) for one in past for key in one.withdrawn},
        history.disqualifications_at(phase, at),
        excluded=history.hidden_now(phase),
    )
