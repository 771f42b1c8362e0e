"""Commands of the evaluator about what teams send, each in the sandbox of scoring: counts and comparisons."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from evaluator.contract import Agreement, ParameterCount, read_outcome
from server.evaluator_process import EvaluatorExit, Tick, run_evaluator

COUNTED, REJECTED = 0, 2  # exit codes
MOST_FILES = 200  # given as open descriptors, of which a process has 256
Answer = TypeVar("Answer")


class EvaluatorFailed(Exception):
    """The evaluator crashed or contradicts itself; the message says how it ended. A server error."""


def count_parameters(files: Mapping[str, Path], folder: Path, tick: Tick) -> ParameterCount:
    """Count the parameters of weight files, by the names that their team gave them; nothing in them is executed.

    By these names shards and external data find each other. `folder` is an empty work folder, `tick` as for
    run_evaluator. Raises Rejected with what is wrong with the files, EvaluatorStopped where they exceed a limit,
    and EvaluatorFailed.
    """
    if len(files) > MOST_FILES:
        raise EvaluatorFailed(f"{len(files)} files were to be counted; at most {MOST_FILES} can be.")
    named = [word for name, path in files.items() for word in ("--named", name, str(path))]
    ended = run_evaluator(["parameters", "--json", *named], folder, tick, open_files=[*files.values()])
    return _answer(ended, ParameterCount.from_json)


def compare_archives(
    one: Path, other: Path, manifest: Path, folder: Path, tick: Tick, *, jobs: int = 1
) -> Agreement:
    """Compare two archives of the split with this manifest image by image.

    Raises Rejected with what is wrong with either (each file's name begins with "first archive" or "second
    archive"), EvaluatorStopped and EvaluatorFailed.
    """
    paths = [one, other, manifest]
    arguments = ["compare-archives", str(one), str(other), "--manifest", str(manifest)]
    ended = run_evaluator([*arguments, "--jobs", str(jobs), "--json"], folder, tick, open_files=paths)
    return _answer(ended, Agreement.from_json)


def _answer(ended: EvaluatorExit, read: Callable[[str], Answer]) -> Answer:
    """Return what it found. Raises Rejected, and EvaluatorFailed where exit code and answer do not agree."""
    try:
        if ended.code == COUNTED:
            return read(ended.answer)
        if ended.code == REJECTED:
            read_outcome(ended.answer)
    except ValueError as error:
        raise EvaluatorFailed(f"{ended} {error}") from error
    raise EvaluatorFailed(str(ended))
