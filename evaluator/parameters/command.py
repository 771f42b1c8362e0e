"""The command `parameters`: counts each file that was given, and prints the sum in words or as JSON."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from evaluator.answers import OK, Parser, run_command
from evaluator.contract import CountedFile, ParameterCount
from evaluator.parameters.models import count
from evaluator.parameters.sources import MOST_FILES, Source
from evaluator.zip.archive import NotAFile

WHAT_COUNTS = "All that is stored counts, also buffers such as running means: files do not say what was trained."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command line takes."""
    parser.add_argument("files", nargs="*", metavar="FILE", help="safetensors, their index, or ONNX")
    parser.add_argument(
        *("--named", "-n"),
        nargs=2,
        action="append",
        default=[],
        metavar=("NAME", "FILE"),
        help="a file that is called otherwise: shards and external data are found among the names",
    )
    parser.add_argument("--json", action="store_true", help="end stdout with one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """Count all files, and print what they hold. Raises Rejected, NotAFile, OSError."""
    named = [*zip(arguments.files, arguments.files, strict=True), *arguments.named]
    sources = [Source(str(PurePosixPath(name)), Path(path)) for name, path in named]
    if problem := _wrong(sources):
        raise NotAFile(problem)
    counted = count(sources)
    print(counted.to_json() if arguments.json else in_words(counted))
    return OK


def main(argv: Sequence[str] | None = None) -> int:
    """Run this command alone, without numpy."""
    parser = Parser(prog="python -m evaluator parameters", description=__doc__)
    parser.set_defaults(run=run)
    add_arguments(parser)
    return run_command(parser.parse_args(argv), (NotAFile,))


def _wrong(sources: Sequence[Source]) -> str:
    if not sources:
        return "name at least one file: python -m evaluator parameters FILE…"
    if len(sources) > MOST_FILES:
        return f"{len(sources):,} files were named; the most is {MOST_FILES:,}"
    names = [source.name for source in sources]
    twice = [name for name in names if names.count(name) > 1]
    return f"{twice[0]} was named twice" if twice else ""


def in_words(counted: ParameterCount) -> str:
    """Return what was counted as lines of text."""
    lines = []
    for file in counted.files:
        lines.append(f"{file.name} ({file.format}): {file.tensors:,} tensors with {_sum_in_words(file)}.")
        lines += [f"  {note}" for note in file.notes]
    return "\n".join([*lines, f"Total: {_sum_in_words(counted)}.", WHAT_COUNTS])


def _sum_in_words(counted: CountedFile | ParameterCount) -> str:
    dtypes = ", ".join(f"{number:,} {dtype}" for dtype, number in counted.dtypes.items())
    constants = f", and {counted.constants:,} numbers in constants of graphs" if counted.constants else ""
    return f"{counted.parameters:,} parameters ({dtypes or 'none'}){constants}"
