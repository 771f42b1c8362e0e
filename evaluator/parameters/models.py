"""Counts models of one file or of several: which of the given files belong together, and what each holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evaluator.contract import CountedFile, ParameterCount, Rejected, ValidationIssue
from evaluator.parameters.kinds import INDEX, ONNX, SAFETENSORS, START_LENGTH, kind_of
from evaluator.parameters.onnx import count_onnx
from evaluator.parameters.shards import ShardedModel, shards_beside, shards_of_index
from evaluator.parameters.sources import Source, Sources


def count(given: Sequence[Source]) -> ParameterCount:
    """Count the numbers in weight files. Raises Rejected with what is wrong with each, NotAFile and OSError."""
    sources, counted = Sources(given), list[CountedFile]()
    kinds, problems = _kinds(given)
    for kind in (INDEX, ONNX, SAFETENSORS):  # the first two tell which other files are parts of theirs
        for source in given:
            if kinds.get(source.name) == kind and source.name not in sources.used:
                try:
                    counted.extend(_count(source, kind, sources))
                except Rejected as rejection:
                    problems.setdefault(source.name, []).extend(rejection.problems)
    left = [issue for name, issues in problems.items() if name not in sources.used for issue in issues]
    if left:
        raise Rejected(left)
    return ParameterCount(tuple(counted))


def _kinds(given: Sequence[Source]) -> tuple[dict[str, str], dict[str, list[ValidationIssue]]]:
    """Return the kind of each file, and why others have none: these may still hold the data of an ONNX model."""
    kinds: dict[str, str] = {}
    problems: dict[str, list[ValidationIssue]] = {}
    for source in given:
        with source.open() as opened:
            start = opened.read(0, START_LENGTH)
        try:
            kinds[source.name] = kind_of(start, source.name)
        except Rejected as rejection:
            problems[source.name] = list(rejection.problems)
    return kinds, problems


def _count(source: Source, kind: str, sources: Sources) -> Iterator[CountedFile]:
    if kind == ONNX:
        yield count_onnx(source, sources)
        return
    shards = shards_of_index(source, sources) if kind == INDEX else shards_beside(source, sources)
    model = ShardedModel()
    for shard in shards:
        with shard.open() as opened:
            yield model.count(opened)
