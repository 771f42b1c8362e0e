"""Refused acts of a re-score; each says what is wrong and how to fix it."""

from typing import TYPE_CHECKING

from server.acts import ActRefused
from server.submissions.models import Submission
from server.tracks.models import GroundTruth, Phase, ScoringRule

if TYPE_CHECKING:
    from server.rescores.models import Rescore


class GroundTruthNotReady(ActRefused):
    def __init__(self, ground_truth: GroundTruth) -> None:
        super().__init__(
            f"This ground truth is {ground_truth.get_state_display()}, so nothing can be scored by it. Wait until "
            "a worker has packed it, or upload another one."
        )


class NothingScored(ActRefused):
    def __init__(self, rule: ScoringRule | None) -> None:
        used = f"No submission was scored by rule {rule.number}" if rule else "This split has no published rule"
        super().__init__(f"{used}, so there is nothing to score again. Publish the ground truth instead.")


class SameRule(ActRefused):
    def __init__(self, rule: ScoringRule) -> None:
        super().__init__(
            f"Rule {rule.number} has the same images, pixels, scorer and options already: no score would change. "
            "Choose another ground truth or other options."
        )


class AnotherRescore(ActRefused):
    def __init__(self, other: "Rescore | None") -> None:
        of = f" (rule {other.number})" if other else ""
        super().__init__(
            f"Another re-score of this split is under way{of}: two would hide each other's changes. Publish or "
            "drop that one first."
        )


class NoPhaseChosen(ActRefused):
    field = "phases"

    def __init__(self) -> None:
        super().__init__("Choose at least one phase.")


class PhaseNotOffered(ActRefused):
    field = "phases"

    def __init__(self, phase: Phase, why: str) -> None:
        super().__init__(f"{phase} cannot be chosen: {why}.")


class ChoiceNeedsScope(ActRefused):
    field = "scope"

    def __init__(self) -> None:
        super().__init__("To have only some teams or submissions scored, choose that as well, or name none.")


class NothingChosen(ActRefused):
    field = "submissions"

    def __init__(self) -> None:
        super().__init__(
            "Choose at least one team or submission that was scored or rejected in the chosen phases, or have all "
            "submissions scored."
        )


class SubmissionNotOffered(ActRefused):
    field = "submissions"

    def __init__(self, submission: Submission) -> None:
        super().__init__(
            f"{submission} cannot be chosen: it was not scored or rejected in the chosen phases. Leave it out."
        )


class RescoreEnded(ActRefused):
    def __init__(self, rescore: "Rescore") -> None:
        super().__init__(
            f"This re-score was {rescore.get_state_display()} already, so nothing was done. Start another one."
        )


class DryRunIncomplete(ActRefused):
    """Submissions that the new rule has not scored yet, or could not."""

    def __init__(self, unfinished: int, failed: int, *, a_look: bool) -> None:
        parts = [f"{unfinished} of its submissions are not scored by the new rule yet"] if unfinished else []
        parts += [f"{failed} could not be scored by it because of a server error"] if failed else []
        if a_look:
            fix = "This dry run scores only some, as a look: have it score all submissions first. "
        else:
            fix = "Those submitted meanwhile are queued by themselves: wait for them. " if unfinished else ""
        fix += "Run the failed ones again. " if failed else ""
        super().__init__(
            f"Not published, since boards would be half-scored: {', and '.join(parts)}. {fix}"
            "If new submissions keep coming, pause the phase meanwhile."
        )


class AllIncluded(ActRefused):
    def __init__(self) -> None:
        super().__init__("This dry run scores all submissions of its phases already. Nothing was changed.")


class NothingFailed(ActRefused):
    def __init__(self) -> None:
        super().__init__("No evaluation of this re-score has failed, so none was run again.")
