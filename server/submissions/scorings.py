"""What counted for a submission, from when until when: one scoring, or more where its phase's rule changed."""

from dataclasses import dataclass
from datetime import datetime

from server.submissions.models import Evaluation, State, Submission


@dataclass(frozen=True)
class Scoring:
    """An evaluation while its rule was the phase's. The present one has no `until`, a waiting one no `since`."""

    evaluation: Evaluation
    since: datetime | None
    until: datetime | None = None

    @property
    def outcome(self) -> str:
        """The headline as printed, or the state of an evaluation without one."""
        if self.evaluation.state != State.SCORED:
            return str(self.evaluation.get_state_display())
        headline = self.evaluation.submission.phase.track.description.headline
        return headline.show_with_unit(self.evaluation.score(headline.key))


def scorings(submission: Submission) -> list[Scoring]:
    """All that counted, oldest first; the last is the present one. A dry run never counts.

    Reads `evaluations`, current first, and the phase's `rules_followed` as they may be prefetched.
    """
    evaluations = list(submission.evaluations.all())
    by_rule = {evaluation.rule_id: evaluation for evaluation in evaluations if evaluation.finished_at}
    followed = list(submission.phase.rules_followed.all())
    ends = [row.since for row in followed[1:]]
    past = [
        Scoring(made, max(row.since, made.finished_at), until)
        for row, until in zip(followed, ends, strict=False)
        if (made := by_rule.get(row.rule_id)) and made.finished_at and made.finished_at < until
    ]
    current, began = evaluations[0], followed[-1].since if followed else None
    since = max(filter(None, [current.finished_at, began])) if current.finished_at else None
    return [*past, Scoring(current, since)]
