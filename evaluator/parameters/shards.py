"""Models in several safetensors files: shards by their names, or by an index that lists them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from evaluator.contract import CountedFile, shown
from evaluator.parameters.refusals import Damaged, TooLarge, damaged, missing, too_large
from evaluator.parameters.safetensors import Tensor, read_json, read_tensors
from evaluator.parameters.sources import MOST_FILES, OpenSource, Source, Sources
from evaluator.parameters.tensors import Tally

NUMBERED = re.compile(r"(.*)-(\d{5})-of-(\d{5})(\.safetensors)", re.DOTALL)


@contextmanager
def in_words(name: str) -> Iterator[None]:
    """Turn what is wrong with a file's header into a rejection. Raises Rejected."""
    try:
        yield
    except Damaged as error:
        raise damaged(name, error) from error
    except TooLarge as error:
        raise too_large(name, error) from error


@dataclass
class ShardedModel:
    """The tensors of a model by name; one that stands in several of its files counts once."""

    tensors: dict[str, Tensor] = field(default_factory=dict)

    def count(self, source: OpenSource) -> CountedFile:
        """Count what is new in one file of the model. Raises Rejected."""
        tally, repeated = Tally(), 0
        with in_words(source.name):
            for tensor in read_tensors(source):
                known = self.tensors.setdefault(tensor.name, tensor)
                if known is tensor:
                    tally.add(tensor.dtype, tensor.elements)
                    continue
                repeated += 1
                if (known.dtype, known.shape) != (tensor.dtype, tensor.shape):
                    raise Damaged(f"the tensor “{shown(tensor.name)}” is another in an earlier shard")
        if repeated:
            tally.notes.append(f"{repeated:,} of its tensors stand in an earlier shard too, and count there.")
        return CountedFile(source.name, "safetensors", tally.tensors, dict(tally.dtypes), notes=tuple(tally.notes))


def shards_beside(source: Source, sources: Sources) -> list[Source]:
    """Return the shards of the model that `source` is the first one of, itself included; itself where it is whole.

    Raises Rejected where one is missing.
    """
    path = PurePosixPath(source.name)
    found = NUMBERED.fullmatch(path.name)
    if not found or not 1 < int(found[3]) <= MOST_FILES:
        return [source]
    names = [f"{found[1]}-{number:05}-of-{found[3]}{found[4]}" for number in range(1, int(found[3]) + 1)]
    return [source if name == path.name else _shard(source, name, sources) for name in names]


def shards_of_index(source: Source, sources: Sources) -> list[Source]:
    """Return the shards that an index lists. Raises Rejected."""
    with source.open() as opened, in_words(source.name):
        weights = read_json(opened, 0, opened.size).get("weight_map")
        if type(weights) is not dict or not all(type(name) is str for name in weights.values()):
            raise Damaged("it has no weight_map from tensors to files")
        names = sorted(set(weights.values()))
        if len(names) > MOST_FILES:
            raise TooLarge(f"its weight_map names {len(names):,} files; at most {MOST_FILES:,}")
    return [_shard(source, name, sources) for name in names]


def _shard(source: Source, name: str, sources: Sources) -> Source:
    shard = sources.beside(source, name)
    if shard is None:
        raise missing(source.name, name)
    return shard
