"""Background job that examines files of cases in the evaluator's sandbox; no code of a team is run.

Weights: the parameters of all weights of a case are counted together. Reproduced predictions: they are scored
beside the board, without slot, mail or row, and compared with the submitted archive image by image.
"""

import logging
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db.models.functions import Now

from evaluator.contract import (
    Agreement,
    IssueGroup,
    Metric,
    Rejected,
    Result,
    files_in_words,
    grouped,
    read_outcome,
)
from server import leases
from server.error_views import DATABASE_UNAVAILABLE
from server.evaluator_commands import EvaluatorFailed, compare_archives, count_parameters
from server.evaluator_process import EvaluatorStopped, run_evaluator
from server.files import work_folder
from server.leases import LeaseKeeper, LeaseLost, WorkerStopping, work_name
from server.submissions.models import Evaluation
from server.submissions.tasks import jobs
from server.verification.models import CaseFile

log = logging.getLogger(__name__)

PAUSE = timedelta(minutes=1)
MOST_PROBLEMS, MOST_NAMES, MOST_WORST = 20, 5, 10
BUFFERS = "All that is stored counts, also buffers such as running means: files do not say what was trained."
CONSTANTS = "{:,} further numbers stand in constants of graphs, where weights can be too."
Outcome = dict[str, Any]


def examine_next() -> bool:
    """Examine the file that waits longest; False where none waits."""
    rows = CaseFile.objects.select_related("case__submission__phase__track")
    claims = (leases.claim(rows, waiting) for waiting in CaseFile.objects.to_examine().order_by("sent_at"))
    claimed = next(filter(None, claims), None)
    if claimed:
        _examine(claimed)
    return claimed is not None


def _examine(file: CaseFile) -> None:
    try:
        with work_folder(work_name(file)) as folder:
            outcome = _outcome(file, folder, LeaseKeeper(file))
        if not leases.release(file, outcome=outcome, last_error=""):
            raise LeaseLost
    except LeaseLost:
        log.warning("%s of a verification case was claimed by another worker", file.pk)
    except WorkerStopping:
        leases.release(file)
    except DATABASE_UNAVAILABLE:
        raise
    except Exception as error:  # outermost handler: a server error is recorded, and other work goes on
        log.error("%s of a verification case could not be examined", file.pk, exc_info=error)
        text = f"{type(error).__name__}: {error}".replace("\0", "")
        leases.release(file, last_error=text, not_before=Now() + PAUSE)


def _outcome(file: CaseFile, folder: Path, keeper: LeaseKeeper) -> Outcome:
    """What was found; or what is wrong with the file, and how to fix it, as sentences."""
    try:
        return (_count if file.kind == CaseFile.Kind.WEIGHTS else _compare)(file, folder, keeper)
    except Rejected as rejection:
        groups = grouped(vars(problem) for problem in rejection.problems)
        return {"refused": [_in_words(group) for group in groups[:MOST_PROBLEMS]]}
    except EvaluatorStopped as stopped:
        return {"refused": [f"It exceeds what the server spends on one file. {stopped}"]}


def _in_words(group: IssueGroup) -> str:
    names = files_in_words(group.files[:MOST_NAMES], len(group.files))
    return f"{names}: {group.found}. Expected {group.expected}. {group.fix}"


def _count(last: CaseFile, folder: Path, keeper: LeaseKeeper) -> Outcome:
    """Count all weights of the case together, as shards and tied tensors need it; the last of a name counts."""
    files = last.case.files.kept().filter(kind=CaseFile.Kind.WEIGHTS, sent_at__lte=last.sent_at)
    paths = {f"./{file.name}": file.path for file in files.order_by("sent_at")}  # no name looks like an option
    counted = count_parameters(paths, folder, keeper.tick)
    notes = [f"{file.name}: {note}" for file in counted.files for note in file.notes]
    constants = [CONSTANTS.format(counted.constants)] if counted.constants else []
    each = [{"name": file.name, "parameters": file.parameters} for file in counted.files]
    return {"parameters": counted.parameters, "files": each, "notes": [*notes, *constants, BUFFERS]}


def _compare(file: CaseFile, folder: Path, keeper: LeaseKeeper) -> Outcome:
    """Score the predictions by the rule of the submission, and compare them with its archive."""
    submission = file.case.submission
    evaluation = submission.evaluations.current_first().select_related("rule__ground_truth")[0]
    result = _score(file, evaluation, folder, keeper)
    manifest = evaluation.rule.ground_truth.manifest_path
    agreement = compare_archives(submission.archive_path, file.path, manifest, folder, keeper.tick, jobs=jobs())
    lines = [_scores(submission.phase.track.description.headline, evaluation, result), *_pixels(agreement)]
    worst = [(image.id, percent(image.share)) for image in agreement.worst[:MOST_WORST]]
    return {"lines": lines, "worst": worst, "share": agreement.share}


def _score(file: CaseFile, evaluation: Evaluation, folder: Path, keeper: LeaseKeeper) -> Result:
    """Raises Rejected, EvaluatorStopped and EvaluatorFailed."""
    pack = evaluation.rule.ground_truth.pack_path
    words = ["score", evaluation.rule.scorer, str(file.path), "--ground-truth", str(pack), "--jobs", str(jobs())]
    ended = run_evaluator([*words, "--json"], folder, keeper.tick, open_files=[file.path, pack])
    try:
        result = read_outcome(ended.answer)
    except ValueError as error:
        raise EvaluatorFailed(str(ended)) from error
    if ended.code or result.scores is None:
        raise EvaluatorFailed(str(ended))
    return result


def _scores(headline: Metric, evaluation: Evaluation, result: Result) -> str:
    before, now = evaluation.score(headline.key), (result.scores or {}).get(headline.key)
    reproduced, submitted = headline.show_with_unit(now), headline.show_with_unit(before)
    said = f"{headline.title}: {reproduced} reproduced, {submitted} submitted"
    if before is None or now is None:
        return f"{said}."
    unit = "percentage points" if headline.unit == "%" else headline.unit
    difference = f"{(now - before) * headline.scale:+.4g} {unit}".strip().replace("-", "−")
    return f"{said}: {'the same number' if before == now else f'a difference of {difference}'}."


def _pixels(agreement: Agreement) -> list[str]:
    equal = f"{agreement.identical:,} of {agreement.images:,} images are equal in every pixel"
    lines = [f"{percent(agreement.share)} of all pixels are equal; {equal}."]
    if agreement.mean_absolute_difference:
        lines.append(f"Grey levels differ by {agreement.mean_absolute_difference:.4g} on average.")
    return lines


def percent(share: float) -> str:
    """A share, of which only all is 100 %."""
    return "100 %" if share == 1 else f"{min(100 * share, 99.9999):.4f}".rstrip("0").rstrip(".") + " %"
