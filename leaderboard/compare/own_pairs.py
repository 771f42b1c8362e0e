"""A submission against others of its team: whether a gain is more than the choice of images. For members only."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q

from leaderboard.compare.pairs import Pair
from leaderboard.intervals.queries import both_ways, may_show_intervals, why_withheld
from leaderboard.intervals.values import PairDifference
from leaderboard.models import PairInterval
from leaderboard.ranking.standings import Standing
from server.submissions.models import Evaluation, State, Submission
from server.teams.models import Team
from server.tracks.models import Phase


@dataclass(frozen=True)
class OwnComparison:
    """A submission against `other`: the team's previous one, the one that it stands on, or both."""

    other: Submission
    pair: Pair
    is_previous: bool
    is_standing: bool
    withheld: str = ""  # why nothing is said of the two

    @property
    def which(self) -> str:
        names = {
            "your previous submission": self.is_previous,
            "the submission that the leaderboard uses": self.is_standing,
        }
        return " and ".join(name for name, is_so in names.items() if is_so)

    @property
    def verdict(self) -> str:
        """What the interval says of a gain or loss, in a sentence."""
        estimate = self.pair.estimate
        if estimate is None or not self.pair.interval:
            return self.withheld or "The interval of the difference has not been computed."
        if not estimate.significantly_different:
            return self.pair.verdict
        ahead = self.pair.metric.sign * (estimate.difference or 0) > 0
        return (
            f"Significantly {'better' if ahead else 'worse'}: the choice of images alone does not explain the "
            "difference."
        )


def comparisons_of(evaluation: Evaluation, standing: Standing | None) -> list[OwnComparison]:
    """This scored submission against its team's previous one and the one it stands on (`standing`), if others."""
    submission = evaluation.submission
    if not may_show_intervals(submission.phase):
        return []
    previous = _previous(evaluation)
    stands = standing.evaluation if standing else None
    others = {one.pk: one for one in (previous, stands) if one and one.pk != evaluation.pk}
    pairs = _stored(submission.phase, evaluation.pk, [*others])
    withheld = why_withheld(submission.phase)
    return [
        OwnComparison(
            other=other.submission,
            pair=_pair(evaluation, other, pairs.get((evaluation.pk, key))),
            is_previous=other == previous,
            is_standing=other == stands,
            withheld=withheld,
        )
        for key, other in others.items()
    ]


def own_pairs_of(team: Team, phase: Phase) -> Iterator[tuple[Submission, Submission, PairDifference]]:
    """Every two compared submissions of a team, the newer first; none where intervals are not shown."""
    if not may_show_intervals(phase):
        return
    own = Evaluation.objects.filter(submission__team=team, submission__phase=phase).select_related("submission")
    by_key = {one.pk: one.submission for one in own}
    stored = PairInterval.objects.filter(own=True, one__in=by_key, other__in=by_key)
    for (one, other), pair in both_ways(phase.track.description.headline, stored).items():
        if by_key[one].received_at > by_key[other].received_at:
            yield by_key[one], by_key[other], pair


def _previous(evaluation: Evaluation) -> Evaluation | None:
    submission = evaluation.submission
    before = Evaluation.objects.filter(
        submission__team=submission.team_id,
        submission__phase=submission.phase_id,
        submission__received_at__lt=submission.received_at,
        rule=evaluation.rule_id,
        state=State.SCORED,
    )
    return before.select_related("submission").order_by("submission__received_at").last()


def _stored(phase: Phase, key: UUID, others: Sequence[UUID]) -> dict[tuple[UUID, UUID], PairDifference]:
    stored = PairInterval.objects.filter(Q(one=key, other__in=others) | Q(one__in=others, other=key), own=True)
    return both_ways(phase.track.description.headline, stored)


def _pair(evaluation: Evaluation, other: Evaluation, estimate: PairDifference | None) -> Pair:
    metric = evaluation.submission.phase.track.description.headline
    printed = metric.printed(evaluation.score(metric.key)), metric.printed(other.score(metric.key))
    scope = ": the choice of images alone can explain the difference"
    return Pair("This submission", "the other", metric, printed, estimate, scope)
