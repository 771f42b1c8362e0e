"""Whether a submission's old and new score differ significantly."""

from server.rescores.models import Rescore
from server.submissions.models import Evaluation


def significance_of(rescore: Rescore, old: Evaluation, new: Evaluation | None) -> bool | None:
    """Whether the two scores of a submission differ significantly; None where that was not computed."""
    return None
