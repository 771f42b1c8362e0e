"""Background job that examines files of cases in the evaluator's sandbox: nothing of a team's is run.

Weights: the parameters of all weights of a case are counted together. Reproduced predictions: they are scored beside
the board, without slot, mail or row, and compared with the submitted archive image by image.
"""

import json
import logging
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db.models.functions import Now

from evaluator.contract import (
    Agreement,
    Metric,
    ParameterCount,
    Rejected,
    Result,
    files_in_words,
    grouped,
    read_outcome,
)
from server import leases
from server.error_views import DATABASE_UNAVAILABLE
from server.evaluator_process import EvaluatorExit, run_evaluator
from server.files import work_folder
from server.leases import LeaseKeeper, LeaseLost, WorkerStopping, work_name
from server.submissions.models import Evaluation
from server.submissions.tasks import jobs
from server.verification.models import CaseFile

log = logging.getLogger(__name__)

PAUSE = timedelta(minutes=1)
MOST_PROBLEMS, MOST_WORST = 20, 10
BUFFERS = "All that is stored counts, also buffers such as running means: files do not say what was trained."
Outcome = dict[str, Any]


class BadOutput(Exception):
    """The evaluator failed: a server error."""


def examine_next() -> bool:
    """Examine the file that waits longest; False where none waits."""
    rows = CaseFile.objects.select_related("case__submission__phase__track")
    claims = (leases.claim(rows, waiting) for waiting in CaseFile.objects.to_examine().order_by("sent_at"))
    claimed = next(filter(None, claims), None)
    if claimed:
        _examine(claimed)
    return claimed is not None


def _examine(file: CaseFile) -> None:
    examine = _count if file.kind == CaseFile.Kind.WEIGHTS else _compare
    try:
        with work_folder(work_name(file)) as folder:
            outcome = examine(file, folder, LeaseKeeper(file))
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


def _count(last: CaseFile, folder: Path, keeper: LeaseKeeper) -> Outcome:
    """Count all weights of the case together, as shards and tied tensors need it; the last of a name counts."""
    files = last.case.files.kept().filter(kind=CaseFile.Kind.WEIGHTS, sent_at__lte=last.sent_at)
    named = {file.name: file.path for file in files.order_by("sent_at")}
    options = [word for name, path in named.items() for word in ("--named", f"./{name}", str(path))]
    ended = run_evaluator(["parameters", "--json", *options], folder, keeper.tick, open_files=[*named.values()])
    if ended.code == 2:
        return _refused(ended)
    if ended.code != 0:
        raise BadOutput(str(ended))
    counted = ParameterCount.from_json(ended.answer)
    notes = [f"{file.name}: {note}" for file in counted.files for note in file.notes]
    if counted.constants:
        notes.append(
            f"{counted.constants:,} further numbers stand in constants of graphs, where weights can be too."
        )
    each = [{"name": file.name, "parameters": file.parameters} for file in counted.files]
    return {"parameters": counted.parameters, "files": each, "notes": [*notes, BUFFERS]}


def _compare(file: CaseFile, folder: Path, keeper: LeaseKeeper) -> Outcome:
    """Score the predictions by the rule of the submission, and compare them with its archive."""
    evaluation = file.case.submission.evaluations.current_first().select_related("rule__ground_truth")[0]
    truth, submitted = evaluation.rule.ground_truth, file.case.submission.archive_path
    score = ["score", evaluation.rule.scorer, str(file.path), "--ground-truth", str(truth.pack_path)]
    options = ["--jobs", str(jobs()), "--json"]
    scored = run_evaluator([*score, *options], folder, keeper.tick, open_files=[file.path, truth.pack_path])
    if scored.code == 2:
        return _refused(scored)
    result = read_outcome(scored.answer) if scored.code == 0 else None
    if result is None or result.scores is None:
        raise BadOutput(str(scored))
    compare = ["compare-archives", str(submitted), str(file.path), "--manifest", str(truth.manifest_path)]
    opened = [submitted, file.path, truth.manifest_path]
    compared = run_evaluator([*compare, *options], folder, keeper.tick, open_files=opened)
    if compared.code == 2:
        return _refused(compared)
    if compared.code != 0:
        raise BadOutput(str(compared))
    return _in_words(evaluation, result, Agreement.from_json(compared.answer))


def _in_words(evaluation: Evaluation, result: Result, agreement: Agreement) -> Outcome:
    """The difference of the headline, the share of equal pixels, and the worst images."""
    headline = evaluation.submission.phase.track.description.headline
    before, now = evaluation.score(headline.key), (result.scores or {}).get(headline.key)
    shown = (headline.show_with_unit(score) for score in (now, before))
    lines = [
        f"{headline.title}: {' reproduced, '.join(shown)} submitted{_difference(headline, before, now)}.",
        f"{percent(agreement.share)} of all pixels are equal; {agreement.identical:,} of {agreement.images:,} images "
        "are equal in every pixel.",
    ]
    if agreement.mean_absolute_difference:
        lines.append(f"Grey levels differ by {agreement.mean_absolute_difference:.4g} on average.")
    if evaluation.rule.scorer_version != result.version:
        lines.append(f"Scored by version {result.version}, and then by {evaluation.rule.scorer_version}.")
    worst = [(image.id, percent(image.share)) for image in agreement.worst[:MOST_WORST]]
    return {"lines": lines, "worst": worst, "share": agreement.share, "headline": now}


def _difference(headline: Metric, before: float | None, now: float | None) -> str:
    if before is None or now is None:
        return ""
    unit = "percentage points" if headline.unit == "%" else headline.unit
    difference = f"{(now - before) * headline.scale:+.4g} {unit}".strip()
    return ": the same number" if before == now else f": a difference of {difference}"


def percent(share: float) -> str:
    """A share, of which only all is 100 %."""
    return "100 %" if share == 1 else f"{min(100 * share, 99.9999):.4f}".rstrip("0").rstrip(".") + " %"


def _refused(ended: EvaluatorExit) -> Outcome:
    """What is wrong with the files, and how to fix it, as sentences."""
    try:
        read_outcome(ended.answer)
    except Rejected as rejection:
        groups = grouped(vars(problem) for problem in rejection.problems)[:MOST_PROBLEMS]
        return {"refused": [_problem(group) for group in groups]}
    except (ValueError, json.JSONDecodeError) as error:
        raise BadOutput(str(ended)) from error
    raise BadOutput(str(ended))


def _problem(group: Any) -> str:
    names = files_in_words(group.files[:5], len(group.files))
    return f"{names}: {group.found}. Expected {group.expected}. {group.fix}"
