"""Which submissions a re-score concerns, and how far it is with them."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Exists, F, OuterRef

from server.rescores.models import Rescore
from server.submissions.models import Evaluation, State
from server.submissions.models.evaluation import EvaluationQuerySet
from server.tracks.models import Phase, ScoringRule, rule_expression

FINISHED = [State.SCORED, State.REJECTED]


def current_evaluations(phases: Iterable[Phase]) -> EvaluationQuerySet:
    """What the rules that the phases follow have scored or rejected: all that another rule has to decide anew.

    What waits will be scored by the rule that its phase follows then; what failed or was cancelled has no score.
    """
    followed = rule_expression(lambda name: OuterRef(f"submission__phase__{name}"))
    of_phases = Evaluation.objects.filter(submission__phase__in=[phase.pk for phase in phases], state__in=FINISHED)
    return of_phases.annotate(followed=followed).filter(rule=F("followed"))


def missing_evaluations(rule: ScoringRule | None, phases: Iterable[Phase]) -> EvaluationQuerySet:
    """Those of the `current_evaluations` whose submission has no evaluation by the rule; None: a new one."""
    current = current_evaluations(phases)
    if rule is None:
        return current
    made = Evaluation.objects.filter(submission=OuterRef("submission"), rule=rule)
    return current.exclude(rule=rule).exclude(Exists(made))


def new_evaluations(rescore: Rescore, phases: Iterable[Phase] | None = None) -> EvaluationQuerySet:
    """The new rule's evaluations of these submissions, in any state."""
    chosen = rescore.phases.all() if phases is None else phases
    submissions = current_evaluations(chosen).order_by().values("submission")
    return Evaluation.objects.filter(rule=rescore.rule_id, submission__in=submissions)


def failed_evaluations(rescore: Rescore) -> EvaluationQuerySet:
    return new_evaluations(rescore).filter(state=State.FAILED, rescoring=True)


@dataclass(frozen=True)
class Progress:
    """How many submissions the new rule is to score, and what came of them so far."""

    total: int
    scored: int
    rejected: int
    failed: int
    running: int
    begun: int  # of the total, those that the dry run scores, or has scored

    @property
    def done(self) -> int:
        return self.scored + self.rejected

    @property
    def of_all(self) -> str:
        return f"of {self.total}"

    @property
    def unfinished(self) -> int:
        return self.total - self.done - self.failed

    @property
    def all_begun_done(self) -> bool:
        return self.done == self.begun

    @property
    def complete(self) -> bool:
        return self.done == self.total


def progress_of(rescore: Rescore, phases: Iterable[Phase] | None = None) -> Progress:
    """The state of the dry run, of all phases of the re-score or of some."""
    chosen = list(rescore.phases.all() if phases is None else phases)
    states = list(new_evaluations(rescore, chosen).order_by().values_list("state", flat=True))
    missing = missing_evaluations(rescore.rule, chosen).count()
    counts = {state: states.count(state) for state in State}
    return Progress(
        total=len(states) + missing,
        scored=counts[State.SCORED],
        rejected=counts[State.REJECTED],
        failed=counts[State.FAILED],
        running=counts[State.RUNNING],
        begun=len(states),
    )
