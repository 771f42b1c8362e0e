"""The evaluator's commands: pack, check, score, uncertainty, differences, sample, scorers, warm-up, self-check.

Exit codes: 0 scored or valid, 2 rejected, 3 an unreadable pack (verify), 64 wrong usage, 1 another error of ours.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from io import TextIOWrapper
from pathlib import Path
from typing import Any, NoReturn, cast

os.environ.setdefault(
    "OPENBLAS_NUM_THREADS", "1"
)  # before numpy is imported: its threads would only take address space

from evaluator import differences
from evaluator.contract import Manifest, ManifestError, Rejected, Result
from evaluator.engine import check, evaluate
from evaluator.groundtruth import GroundTruthError, is_pack, manifest_path, open_ground_truth, pack, verify
from evaluator.kernels import compiled
from evaluator.progress import ProgressLines
from evaluator.rejection_text import as_text
from evaluator.sample import write_sample
from evaluator.scorers import SCORERS, make, parse_options
from evaluator.scorers.validation import InvalidOption
from evaluator.self_check import check_host
from evaluator.uncertainty.confidence_intervals import as_text as intervals_as_text
from evaluator.uncertainty.confidence_intervals import compare
from evaluator.uncertainty.inputs import Entry, InvalidPerImageCounts, NotComparable, read_groups
from evaluator.zip.archive import NotAFile, open_file

OK, OURS, REJECTED, UNREADABLE, WRONG_USAGE = 0, 1, 2, 3, 64


class WrongUsage(Exception):
    """Arguments that do not fit together."""


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors have another exit code than rejections."""

    def error(self, message: str) -> NoReturn:
        """Exit with WRONG_USAGE instead of argparse's 2."""
        self.print_usage(sys.stderr)
        self.exit(WRONG_USAGE, f"{self.prog}: {message}\n")


def run_pack(arguments: argparse.Namespace) -> int:
    """Pack ground truth."""
    scorer, warnings = make(arguments.scorer, parse_options(arguments.option)), list[str]()
    manifest = pack(arguments.ground_truth, scorer, arguments.out, ProgressLines(), warnings.append)
    if arguments.json:
        return _answer(Result(None, tuple(warnings)), arguments)
    _print_warnings(warnings)
    print(f"Packed {len(manifest.images)} images into {arguments.out}, and {manifest_path(arguments.out)}.")
    return OK


def run_verify(arguments: argparse.Namespace) -> int:
    """Read a whole pack, to see whether this evaluator can."""
    try:
        print(verify(arguments.pack))
    except (GroundTruthError, OSError) as error:
        print(f"Error: {error}", file=sys.stderr)
        return UNREADABLE
    return OK


def run_check(arguments: argparse.Namespace) -> int:
    """Validate an archive by the manifest of its split."""
    manifest = Manifest.from_json(arguments.manifest.read_bytes())
    _require_same(arguments.scorer, manifest)
    result = check(
        arguments.zip,
        manifest,
        quick=arguments.quick,
        jobs=arguments.jobs,
        progress=ProgressLines(),
        others=_others(arguments),
    )
    return _answer(result, arguments)


def run_score(arguments: argparse.Namespace) -> int:
    """Score an archive."""
    if arguments.option and is_pack(arguments.ground_truth):
        raise WrongUsage("a pack has its options fixed in it: leave --option out, or give the folder")
    scorer = make(arguments.scorer, parse_options(arguments.option))
    with open_ground_truth(arguments.ground_truth, scorer, ProgressLines(), _warn_of_truth) as ground_truth:
        _require_same(arguments.scorer, ground_truth.manifest)
        result, per_image = evaluate(
            arguments.zip,
            ground_truth,
            jobs=arguments.jobs,
            progress=ProgressLines(),
            keep_counts=arguments.stats is not None,
            others=_others(arguments),
        )
    if per_image is not None:
        per_image.write(arguments.stats)
    return _answer(result, arguments)


def run_uncertainty(arguments: argparse.Namespace) -> int:
    """Print the confidence intervals of the scores and ranks of a split."""
    entries = [Entry.parse(text) for text in arguments.stats]
    if arguments.list:
        entries += Entry.read_list(arguments.list)
    groups = read_groups(arguments.groups) if arguments.groups else None
    answer = compare(entries, groups=groups, progress=ProgressLines())
    print(answer.to_json() if arguments.json else intervals_as_text(answer))
    return OK


def run_sample(arguments: argparse.Namespace) -> int:
    """Write a sample submission."""
    manifest = Manifest.from_json(arguments.manifest.read_bytes())
    write_sample(manifest, arguments.out)
    print(f"Wrote {arguments.out}: {len(manifest.images)} maps of constant 0.")
    return OK


def run_scorers(arguments: argparse.Namespace) -> int:
    """Describe the scorers: names, metrics, help and default options."""
    descriptions = [scorer.describe() for scorer in SCORERS.values()]
    if arguments.json:
        print(json.dumps({"outcome": "described", "scorers": [one.to_json() for one in descriptions]}))
        return OK
    for one in descriptions:
        print(f"{one.name} {one.version}: {one.title}; {', '.join(metric.title for metric in one.metrics)}")
    return OK


def run_warm_up(arguments: argparse.Namespace) -> int:
    """Compile the kernels, so that the first large split need not wait for it."""
    if compiled.start():
        print("The kernels are compiled.")
    return OK


def run_self_check(arguments: argparse.Namespace) -> int:
    """Pack and score a tiny split of its own."""
    check_host(arguments.jobs)
    print("This host can score.")
    return OK


def _require_same(scorer: str, manifest: Manifest) -> None:
    if manifest.scorer != scorer:
        raise WrongUsage(f"this ground truth is for {manifest.scorer}, not for {scorer}")


def _others(arguments: argparse.Namespace) -> Iterator[tuple[str, Manifest]]:
    for title, path in arguments.other:
        with open_file(Path(path)) as stream:
            yield title, Manifest.from_json(stream.read())


def _answer(result: Result, arguments: argparse.Namespace) -> int:
    if arguments.json:
        print(result.to_json())
        return OK
    _print_warnings(result.warnings)
    if result.scores is None:
        print("Valid.")
    else:
        for metric in SCORERS[result.scorer].METRICS:
            print(f"{metric.title}: {metric.show_with_unit(result.scores[metric.key])}")
    return OK


def _print_warnings(warnings: Iterable[str]) -> None:
    for warning in warnings:
        print(f"Warning: {warning}")


def _warn_of_truth(warning: str) -> None:
    """Print to stderr: the ground truth's warnings are none of the archive's."""
    print(f"Ground truth: {warning}", file=sys.stderr)


def _refuse(rejection: Rejected, arguments: argparse.Namespace) -> int:
    if arguments.json:
        print(rejection.to_json())
        return REJECTED
    print(as_text(rejection))
    return REJECTED


def _jobs(text: str) -> int:
    jobs = int(text)
    if jobs < 1:
        raise ValueError
    return jobs


OTHER: dict[str, Any] = {
    "nargs": 2,
    "action": "append",
    "default": [],
    "metavar": ("TITLE", "MANIFEST"),
    "help": "another split, of which the archive may be by mistake",
}
COMMANDS = {
    "pack": (run_pack, "decode ground truth once, into one file and its manifest"),
    "verify": (run_verify, "read a whole pack, to see whether this version can"),
    "check": (run_check, "find everything that score would reject, without ground truth"),
    "score": (run_score, "score an archive"),
    "uncertainty": (run_uncertainty, "confidence intervals of scores and ranks, from score --stats"),
    "differences": (differences.run, "how two packs of a split differ, with pictures"),
    "sample": (run_sample, "write a valid submission for a manifest"),
    "scorers": (run_scorers, "describe all scorers: metrics, help, default options"),
    "warm-up": (run_warm_up, "compile the kernels now, not at the first large split"),
    "self-check": (run_self_check, "score a tiny split of its own, to see whether this host can"),
}


def _parser() -> Parser:
    parser = Parser(prog="python -m evaluator", description=__doc__)
    added = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=Parser)
    commands = {name: added.add_parser(name, help=words) for name, (_, words) in COMMANDS.items()}
    for name, (run, _) in COMMANDS.items():
        commands[name].set_defaults(run=run)
    for name in ("pack", "check", "score"):
        commands[name].add_argument("scorer", choices=SCORERS)
    for name in ("check", "score"):
        commands[name].add_argument("zip", type=Path, metavar="ZIP")
    for name in ("check", "score", "self-check"):
        commands[name].add_argument("--jobs", type=_jobs, default=1, help="processes (1)")
        commands[name].add_argument("--other", **OTHER)
    for name in ("pack", "check", "score", "uncertainty", "scorers"):
        commands[name].add_argument("--json", action="store_true", help="end stdout with one JSON object")
    for name in ("pack", "score"):
        commands[name].add_argument("--option", action="append", default=[], metavar="KEY=VALUE")
    _add_own_arguments(commands)
    return parser


def _add_own_arguments(commands: Mapping[str, argparse.ArgumentParser]) -> None:
    """Add the arguments that only one command has."""
    commands["pack"].add_argument("--ground-truth", type=Path, required=True, metavar="DIR_OR_ZIP")
    commands["pack"].add_argument("--out", type=Path, required=True, metavar="PACK")
    commands["verify"].add_argument("pack", type=Path)
    commands["check"].add_argument("--manifest", type=Path, required=True)
    commands["check"].add_argument("--quick", action="store_true", help="names and PNG headers only")
    commands["score"].add_argument("--ground-truth", type=Path, required=True, metavar="PACK_OR_DIR")
    commands["score"].add_argument("--stats", type=Path, metavar="FILE", help="write per-image counts (.npz)")
    commands["uncertainty"].add_argument("stats", nargs="*", metavar="STATS", help="a team's file, or NAME=FILE")
    commands["uncertainty"].add_argument("--list", type=Path, metavar="FILE", help="more of them, as JSON")
    commands["uncertainty"].add_argument(
        "--groups", type=Path, metavar="CSV", help="image id, group: videos or so"
    )
    differences.add_arguments(commands["differences"])
    commands["sample"].add_argument("manifest", type=Path)
    commands["sample"].add_argument("--out", type=Path, required=True, metavar="ZIP")


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    arguments = _parser().parse_args(argv)
    try:
        return int(arguments.run(arguments))
    except Rejected as rejection:
        return _refuse(rejection, arguments)
    except (WrongUsage, InvalidOption, NotComparable, NotAFile) as error:
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
