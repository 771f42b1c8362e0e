"""The evaluator's command line: pack, check, score, uncertainty, sample, warm-up.

Exit codes: 0 scored or valid, 2 rejected, 64 wrong usage, 1 any other error of ours.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from io import TextIOWrapper
from pathlib import Path
from typing import NoReturn, cast

os.environ.setdefault(
    "OPENBLAS_NUM_THREADS", "1"
)  # before numpy is imported: its threads would only take address space

from evaluator.contract import Manifest, ManifestError, Rejected, Result
from evaluator.engine import check, evaluate
from evaluator.groundtruth import GroundTruthError, is_pack, manifest_path, open_ground_truth, pack
from evaluator.kernels import compiled
from evaluator.sample import write_sample
from evaluator.scorers import SCORERS, make, parse_options
from evaluator.scorers.validation import InvalidOption
from evaluator.uncertainty.bootstrap_inputs import Entry, InvalidPerImageCounts, NotComparable
from evaluator.uncertainty.confidence_intervals import as_text, compare

OK, OURS, REJECTED, WRONG_USAGE = 0, 1, 2, 64
PROBLEMS_IN_TEXT = 20
PROGRESS_INTERVAL = 0.25  # seconds


class WrongUsage(Exception):
    """Arguments that do not fit together."""


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors have another exit code than rejections."""

    def error(self, message: str) -> NoReturn:
        """Exit with WRONG_USAGE instead of argparse's 2."""
        self.print_usage(sys.stderr)
        self.exit(WRONG_USAGE, f"{self.prog}: {message}\n")


class Progress:
    """Writes progress as JSON lines to stderr: a few per second, and the last one of each stage."""

    def __init__(self) -> None:
        self._next = 0.0

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Report `done` of `total` images."""
        if done == total or time.monotonic() >= self._next:
            self._next = time.monotonic() + PROGRESS_INTERVAL
            print(json.dumps({"stage": stage, "done": done, "total": total}), file=sys.stderr, flush=True)


def run_pack(arguments: argparse.Namespace) -> int:
    """Pack ground truth."""
    scorer = make(arguments.scorer, parse_options(arguments.option))
    manifest = pack(arguments.ground_truth, scorer, arguments.out, Progress())
    print(f"Packed {len(manifest.images)} images into {arguments.out}, and {manifest_path(arguments.out)}.")
    return OK


def run_check(arguments: argparse.Namespace) -> int:
    """Validate an archive by the manifest of its split."""
    manifest = Manifest.from_json(arguments.manifest.read_bytes())
    _require_same(arguments.scorer, manifest)
    result = check(arguments.zip, manifest, quick=arguments.quick, jobs=arguments.jobs, progress=Progress())
    return _answer(result, arguments)


def run_score(arguments: argparse.Namespace) -> int:
    """Score an archive."""
    if arguments.option and is_pack(arguments.ground_truth):
        raise WrongUsage("a pack has its options fixed in it: leave --option out, or give the folder")
    scorer = make(arguments.scorer, parse_options(arguments.option))
    with open_ground_truth(arguments.ground_truth, scorer, Progress()) as ground_truth:
        _require_same(arguments.scorer, ground_truth.manifest)
        result, per_image = evaluate(
            arguments.zip,
            ground_truth,
            jobs=arguments.jobs,
            progress=Progress(),
            keep_counts=arguments.stats is not None,
        )
    if per_image is not None:
        per_image.write(arguments.stats)
    return _answer(result, arguments)


def run_uncertainty(arguments: argparse.Namespace) -> int:
    """Print the confidence intervals of the scores and ranks of a split."""
    answer = compare([Entry.parse(text) for text in arguments.stats], progress=Progress())
    print(answer.to_json() if arguments.json else as_text(answer))
    return OK


def run_sample(arguments: argparse.Namespace) -> int:
    """Write a sample submission."""
    manifest = Manifest.from_json(arguments.manifest.read_bytes())
    write_sample(manifest, arguments.out)
    print(f"Wrote {arguments.out}: {len(manifest.images)} maps of constant 0.")
    return OK


def run_warm_up(arguments: argparse.Namespace) -> int:
    """Compile the kernels, so that the first large split need not wait for it."""
    if compiled.start():
        print("The kernels are compiled.")
    return OK


def _require_same(scorer: str, manifest: Manifest) -> None:
    if manifest.scorer != scorer:
        raise WrongUsage(f"this ground truth is for {manifest.scorer}, not for {scorer}")


def _answer(result: Result, arguments: argparse.Namespace) -> int:
    if arguments.json:
        print(result.to_json())
        return OK
    for warning in result.warnings:
        print(f"Warning: {warning}")
    if result.scores is None:
        print("Valid.")
    for name, value in (result.scores or {}).items():
        if not isinstance(value, list):
            print(f"{name.replace('_', ' ')}: {f'{100 * value:.2f} %' if isinstance(value, float) else value}")
    return OK


def _refuse(rejection: Rejected, arguments: argparse.Namespace) -> int:
    if arguments.json:
        print(rejection.to_json())
        return REJECTED
    print(f"Rejected: {rejection.problem_count} problem(s).")
    for problem in rejection.problems[:PROBLEMS_IN_TEXT]:
        print(f"- {problem.file or 'the archive'}: {problem.found} ({problem.code})")
        print(f"  Expected {problem.expected}. {problem.fix}")
    if rejection.problem_count > PROBLEMS_IN_TEXT:
        print(f"… and {rejection.problem_count - PROBLEMS_IN_TEXT} more")
    return REJECTED


def _jobs(text: str) -> int:
    jobs = int(text)
    if jobs < 1:
        raise ValueError
    return jobs


def _parser() -> Parser:
    parser = Parser(prog="python -m evaluator", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=Parser)
    packing = commands.add_parser("pack", help="decode ground truth once, into one file and its manifest")
    checking = commands.add_parser("check", help="find everything that score would reject, without ground truth")
    scoring = commands.add_parser("score", help="score an archive")
    comparing = commands.add_parser(
        "uncertainty", help="confidence intervals of scores and ranks, from score --stats"
    )
    sampling = commands.add_parser("sample", help="write a valid submission for a manifest")
    warming = commands.add_parser("warm-up", help="compile the kernels now, not at the first large split")
    runs = {packing: run_pack, checking: run_check, scoring: run_score}
    runs |= {comparing: run_uncertainty, sampling: run_sample, warming: run_warm_up}
    for command, run in runs.items():
        command.set_defaults(run=run)
    for command in (packing, checking, scoring):
        command.add_argument("scorer", choices=SCORERS)
    _add_archive_arguments(checking, scoring)
    for command in (checking, scoring, comparing):
        command.add_argument("--json", action="store_true", help="end stdout with one JSON object")
    for command in (packing, scoring):
        command.add_argument("--option", action="append", default=[], metavar="KEY=VALUE")
    packing.add_argument("--ground-truth", type=Path, required=True, metavar="DIR_OR_ZIP")
    packing.add_argument("--out", type=Path, required=True, metavar="PACK")
    comparing.add_argument("stats", nargs="+", metavar="STATS", help="a team's file, or NAME=FILE")
    sampling.add_argument("manifest", type=Path)
    sampling.add_argument("--out", type=Path, required=True, metavar="ZIP")
    return parser


def _add_archive_arguments(checking: argparse.ArgumentParser, scoring: argparse.ArgumentParser) -> None:
    """Add the arguments of the two commands that take an archive."""
    for command in (checking, scoring):
        command.add_argument("zip", type=Path, metavar="ZIP")
        command.add_argument("--jobs", type=_jobs, default=1, help="processes (1)")
    checking.add_argument("--manifest", type=Path, required=True)
    checking.add_argument("--quick", action="store_true", help="names and PNG headers only")
    scoring.add_argument("--ground-truth", type=Path, required=True, metavar="PACK_OR_DIR")
    scoring.add_argument("--stats", type=Path, metavar="FILE", help="write per-image counts (.npz)")


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    arguments = _parser().parse_args(argv)
    try:
        return int(arguments.run(arguments))
    except Rejected as rejection:
        return _refuse(rejection, arguments)
    except (WrongUsage, InvalidOption, NotComparable) as error:
        print(error, file=sys.stderr)
        return WRONG_USAGE
    except (GroundTruthError, ManifestError, InvalidPerImageCounts, OSError) as error:
        print(f"Error: {error}", file=sys.stderr)
    except MemoryError:
        print("Error: out of memory", file=sys.stderr)
    except Exception as error:  # the outermost handler: no traceback may reach a team
        print(f"Internal error: {type(error).__name__}: {error}", file=sys.stderr)
    return OURS


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        cast(TextIOWrapper, stream).reconfigure(
            errors="backslashreplace"
        )  # a console may lack characters of a name
    sys.exit(main())
