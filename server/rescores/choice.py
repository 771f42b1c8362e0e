"""Which submissions a dry run scores: all of its phases, those on the leaderboards, or chosen ones."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from leaderboard.ranking.rank import rank_candidates
from leaderboard.ranking.snapshot import snapshot_of
from server.rescores.dry_run import current_evaluations
from server.rescores.exceptions import ChoiceNeedsScope, NothingChosen, SubmissionNotOffered
from server.rescores.models import Rescore
from server.submissions.models import Submission
from server.submissions.models.evaluation import EvaluationQuerySet
from server.teams.models import Team
from server.tracks.models import Phase

A_LOOK = "Only some submissions are scored, so this is a look: publishing needs all of a phase."


@dataclass(frozen=True)
class Choice:
    """A scope, and the teams and submissions of “chosen”: a team stands for all of its submissions."""

    scope: str = Rescore.Scope.ALL
    teams: Collection[Team] = ()
    submissions: Collection[Submission] = ()

    @property
    def note(self) -> str:
        return "" if self.scope == Rescore.Scope.ALL else A_LOOK


EVERYTHING = Choice()


def chosen_submissions(choice: Choice, phases: Collection[Phase]) -> QuerySet[Submission]:
    """The submissions that are named. Raises ActRefused where they do not fit scope and phases."""
    if choice.scope != Rescore.Scope.CHOSEN:
        if choice.teams or choice.submissions:
            raise ChoiceNeedsScope
        return Submission.objects.none()
    rows = current_evaluations(phases).order_by().values_list("submission", "submission__team")
    offered, teams = dict(rows), {team.pk for team in choice.teams}
    for submission in choice.submissions:
        if submission.pk not in offered:
            raise SubmissionNotOffered(submission)
    of_teams = {key for key, team in offered.items() if team in teams}
    if found := of_teams | {submission.pk for submission in choice.submissions}:
        return Submission.objects.filter(pk__in=found)
    raise NothingChosen


def within(
    evaluations: EvaluationQuerySet, scope: str, phases: Collection[Phase], chosen: QuerySet[Submission]
) -> EvaluationQuerySet:
    """Those of the evaluations whose submissions a dry run of this scope scores."""
    if scope == Rescore.Scope.STANDING:
        return evaluations.filter(pk__in=_standing(phases))
    return evaluations.filter(submission__in=chosen) if scope == Rescore.Scope.CHOSEN else evaluations


def _standing(phases: Collection[Phase]) -> list[Any]:
    """The evaluations that the phases' leaderboards show now."""
    snapshots = (snapshot_of(phase, None, include_hidden=True) for phase in phases)
    boards = (rank_candidates(each.candidates, by_choice=each.by_choice) for each in snapshots if each)
    return [row.candidate.key for rows in boards for row in rows]
