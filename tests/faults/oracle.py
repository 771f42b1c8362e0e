"""The one judge of all faults: what was promised to those who submitted, and whether it was kept."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from server.submissions.models import Evaluation, Slot, State, Submission
from tests.faults.stage import LIMIT, HandIn, Stage
from tests.processes import is_alive

HOLDING = {State.QUEUED, State.RUNNING, State.SCORED}


@dataclass(frozen=True)
class Expected:
    """What the archive with this hash gets where nothing fails."""

    scores: dict
    curve: list


def judge(stage: Stage, expected: dict[str, Expected]) -> Iterator[tuple[str, str]]:
    """Every broken promise, as its kind (lost, doubled, wrong) and a sentence."""
    yield from _answers_kept(stage, expected)
    yield from _nothing_twice(stage)
    yield from _slots_are_those_of_submissions(stage)
    yield from _files_are_those_of_rows(stage)
    yield from _the_board_is_the_recomputed_one(stage)
    yield from (("wrong", f"process {pid} of a killed worker lives on") for pid in stage.seen if is_alive(pid))


def _answers_kept(stage: Stage, expected: dict[str, Expected]) -> Iterator[tuple[str, str]]:
    by_submission = {str(evaluation.submission_id): evaluation for evaluation in stage.evaluations()}
    for submit in stage.submissions:
        evaluation = by_submission.get(submit.submission)
        if submit.submission and evaluation is None:
            yield "lost", f"submission {submit.submission} was accepted and is gone"
        elif submit.submission in stage.spoilt:
            if evaluation.state != State.FAILED:
                yield "wrong", f"a spoilt submission is {evaluation.state}"
        elif evaluation:
            yield from _scored_as_expected(evaluation, submit, expected)


def _scored_as_expected(
    evaluation: Evaluation, submit: HandIn, expected: dict[str, Expected]
) -> Iterator[tuple[str, str]]:
    right = expected[submit.sha256]
    if evaluation.state != State.SCORED:
        yield "lost", f"evaluation {evaluation.pk} is {evaluation.state}: {evaluation.last_error}"
    elif (evaluation.scores, evaluation.curve) != (right.scores, right.curve):
        yield "wrong", f"evaluation {evaluation.pk} has other numbers than without the fault"


def _nothing_twice(stage: Stage) -> Iterator[tuple[str, str]]:
    per_submission = Counter(evaluation.submission_id for evaluation in stage.evaluations())
    yield from (("doubled", f"{key} has {n} evaluations") for key, n in per_submission.items() if n > 1)
    for evaluation in stage.evaluations():
        scored = evaluation.events.filter(after=State.SCORED).count()
        if scored > 1:
            yield "doubled", f"evaluation {evaluation.pk} was scored {scored} times"
    answered = Counter(submit.submission for submit in stage.submissions if submit.submission)
    yield from (("doubled", f"{key} was answered {n} times") for key, n in answered.items() if n > 1)


def _slots_are_those_of_submissions(stage: Stage) -> Iterator[tuple[str, str]]:
    """Of all teams ever, also for submissions whose answer was lost; refused ones left no row."""
    held = Counter(Slot.objects.filter(returned_at=None).values_list("submission_id", flat=True))
    holding = set(Evaluation.objects.filter(state__in=HOLDING).values_list("submission_id", flat=True))
    if set(held) != holding or any(n > 1 for n in held.values()):
        yield "wrong", f"slots are held for {set(held) - holding} and not for {holding - set(held)}"
    per_team = Counter(Slot.objects.filter(returned_at=None).values_list("team_id", flat=True))
    if per_team and max(per_team.values()) > LIMIT:
        yield "wrong", "a team holds more slots than there are"
    accepted = sum(bool(submit.submission) for submit in stage.submissions)
    unanswered = sum(submit.status in {0, 503} for submit in stage.submissions)
    rows = Submission.objects.filter(team=stage.team).count()
    if not accepted <= rows <= accepted + unanswered:
        yield "wrong", f"{accepted} were accepted, {unanswered} unanswered, and {rows} are there"


def _files_are_those_of_rows(stage: Stage) -> Iterator[tuple[str, str]]:
    """Files of killed uploads may wait for the sweep, an hour long: `.part`, or kept just before the commit."""
    for submission in Submission.objects.all():
        if not submission.archive_path.is_file():
            yield "lost", f"the archive of {submission.pk} is gone"
    scored = {f"{key}.npz" for key in Evaluation.objects.filter(state=State.SCORED).values_list("pk", flat=True)}
    kept = {path.name for path in (stage.data / "statistics").glob("*")}
    if scored != kept:
        yield "wrong", f"statistics without a score: {kept - scored}; scores without: {scored - kept}"
    archives = {path.name for path in (stage.data / "archives").glob("*.zip")}
    stray = archives - set(Submission.objects.values_list("archive_name", flat=True))
    if len(stray) > stage.strays_allowed:
        yield "wrong", f"archives without a row: {stray}"


def _the_board_is_the_recomputed_one(stage: Stage) -> Iterator[tuple[str, str]]:
    best: dict[str, float] = {}
    for evaluation in Evaluation.objects.filter(state=State.SCORED).select_related("submission__team"):
        team = evaluation.submission.team.name
        best[team] = max(best.get(team, 0), round(100 * evaluation.scores["peak_iou"], 2))
    shown = {row["team"]["name"]: round(100 * row["scores"]["peak_iou"], 2) for row in stage.board()}
    if shown != best:
        yield "wrong", f"the board shows {len(shown)} rows, recomputed are {len(best)}, or their numbers differ"
