"""The evaluator's commands: pack, check, score, uncertainty, differences, sample, scorers, warm-up, self-check."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

os.environ.setdefault(
    "OPENBLAS_NUM_THREADS", "1"
)  # before numpy is imported: its threads would only take address space

from evaluator import agreement, differences, page_facts
from evaluator.answers import OK, UNREADABLE, WHAT_IT_IS, Parser, print_warnings, run_command
from evaluator.contract import Manifest, ManifestError, Result
from evaluator.engine import check, evaluate
from evaluator.groundtruth import GroundTruthError, is_pack, manifest_path, open_ground_truth, pack, verify
from evaluator.kernels import compiled
from evaluator.parameters import command as parameters
from evaluator.progress import ProgressLines
from evaluator.sample import write_sample
from evaluator.scorers import SCORERS, make, parse_options
from evaluator.scorers.validation import InvalidOption
from evaluator.self_check import check_host
from evaluator.uncertainty.confidence_intervals import as_text, compare
from evaluator.uncertainty.inputs import Entry, InvalidPerImageCounts, NotComparable, read_groups
from evaluator.zip.archive import NotAFile, open_file


class WrongUsage(Exception):
    """Arguments that do not fit together."""


def run_pack(arguments: argparse.Namespace) -> int:
    """Pack ground truth."""
    scorer, warnings = make(arguments.scorer, parse_options(arguments.option)), list[str]()
    manifest = pack(arguments.ground_truth, scorer, arguments.out, ProgressLines(), warnings.append)
    if arguments.json:
        return _answer(Result(None, tuple(warnings)), arguments)
    print_warnings(warnings)
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


def run_compare_archives(arguments: argparse.Namespace) -> int:
    """Print in how many pixels two archives of a split agree."""
    with open_file(arguments.manifest) as stream:
        manifest = Manifest.from_json(stream.read())
    found, images = agreement.compare_archives(
        arguments.one,
        arguments.second,
        manifest,
        jobs=arguments.jobs,
        progress=ProgressLines(),
        others=_others(arguments),
    )
    if arguments.per_image:
        agreement.write_table(images, arguments.per_image)
    print(found.to_json() if arguments.json else agreement.in_words(found))
    return OK


def run_uncertainty(arguments: argparse.Namespace) -> int:
    """Print the confidence intervals of the scores and ranks of a split."""
    entries = [Entry.parse(text) for text in arguments.stats]
    if arguments.list:
        entries += Entry.read_list(arguments.list)
    groups = read_groups(arguments.groups) if arguments.groups else None
    answer = compare(entries, groups=groups, progress=ProgressLines())
    print(answer.to_json() if arguments.json else as_text(answer))
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
        described = {"scorers": [one.to_json() for one in descriptions], "page_facts": page_facts.to_json()}
        print(json.dumps({"outcome": "described", **described}))
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
    print_warnings(result.warnings)
    if result.scores is None:
        print("Valid.")
    else:
        for metric in SCORERS[result.scorer].METRICS:
            print(f"{metric.title}: {metric.show_with_unit(result.scores[metric.key])}")
    return OK


def _warn_of_truth(warning: str) -> None:
    """Print to stderr: the ground truth's warnings are none of the archive's."""
    print(f"Ground truth: {warning}", file=sys.stderr)


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
    "compare-archives": (run_compare_archives, "in how many pixels two archives agree, image by image"),
    "parameters": (parameters.run, "count the parameters of weight files by their headers"),
    "sample": (run_sample, "write a valid submission for a manifest"),
    "scorers": (run_scorers, "describe all scorers: metrics, help, default options"),
    "warm-up": (run_warm_up, "compile the kernels now, not at the first large split"),
    "self-check": (run_self_check, "score a tiny split of its own, to see whether this host can"),
}


def _parser() -> Parser:
    parser = Parser(prog="python -m evaluator", description=WHAT_IT_IS)
    added = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=Parser)
    commands = {name: added.add_parser(name, help=words) for name, (_, words) in COMMANDS.items()}
    for name, (run, _) in COMMANDS.items():
        commands[name].set_defaults(run=run)
    for name in ("pack", "check", "score"):
        commands[name].add_argument("scorer", choices=SCORERS)
    for name in ("check", "score"):
        commands[name].add_argument("zip", type=Path, metavar="ZIP")
    for name in ("check", "score", "compare-archives", "self-check"):
        commands[name].add_argument("--jobs", type=_jobs, default=1, help="processes (1)")
        commands[name].add_argument("--other", **OTHER)
    for name in ("pack", "check", "score", "compare-archives", "uncertainty", "scorers"):
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
    commands["compare-archives"].add_argument("one", type=Path, metavar="ONE")
    commands["compare-archives"].add_argument("second", type=Path, metavar="OTHER")
    commands["compare-archives"].add_argument("--manifest", type=Path, required=True)
    commands["compare-archives"].add_argument(
        "--per-image", type=Path, metavar="CSV", help="write the share of equal pixels of each image"
    )
    commands["uncertainty"].add_argument("stats", nargs="*", metavar="STATS", help="a team's file, or NAME=FILE")
    commands["uncertainty"].add_argument("--list", type=Path, metavar="FILE", help="more of them, as JSON")
    commands["uncertainty"].add_argument(
        "--groups", type=Path, metavar="CSV", help="image id, group: videos or so"
    )
    differences.add_arguments(commands["differences"])
    parameters.add_arguments(commands["parameters"])
    commands["sample"].add_argument("manifest", type=Path)
    commands["sample"].add_argument("--out", type=Path, required=True, metavar="ZIP")


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    wrong_usage = WrongUsage, InvalidOption, NotComparable, NotAFile
    return run_command(
        _parser().parse_args(argv), wrong_usage, ours=(GroundTruthError, ManifestError, InvalidPerImageCounts)
    )
