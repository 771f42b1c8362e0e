"""Reads the header of a safetensors file: its length in 8 bytes, then JSON with type, shape and offsets."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from itertools import pairwise
from typing import Any, NamedTuple

from evaluator.contract import shown
from evaluator.parameters.refusals import Damaged, TooLarge
from evaluator.parameters.sources import OpenSource
from evaluator.parameters.tensors import bytes_of, elements_of

LENGTH = 8
LONGEST_HEADER = 16 * 2**20  # some 150,000 tensors
NAMES = """
BOOL=bool I8=int8 I16=int16 I32=int32 I64=int64 U8=uint8 U16=uint16 U32=uint32 U64=uint64 C64=complex64
F4=float4_e2m1 F6_E2M3=float6_e2m3 F6_E3M2=float6_e3m2 F8_E4M3=float8_e4m3 F8_E4M3FNUZ=float8_e4m3fnuz
F8_E5M2=float8_e5m2 F8_E5M2FNUZ=float8_e5m2fnuz F8_E8M0=float8_e8m0
F16=float16 BF16=bfloat16 F32=float32 F64=float64
"""
DTYPES = dict(re.findall(r"(\w+)=(\w+)", NAMES))


class Tensor(NamedTuple):
    """A tensor of a header; its bytes stand from `begin` to `end` behind the header."""

    name: str
    dtype: str
    elements: int
    shape: tuple[int, ...]
    begin: int
    end: int


def read_tensors(source: OpenSource) -> list[Tensor]:
    """Return all tensors of a file, verified against its length. Raises Damaged, TooLarge."""
    length = int.from_bytes(source.read(0, LENGTH), "little")
    if source.size < LENGTH or length > source.size - LENGTH:
        raise Damaged(f"its header is said to have {length:,} bytes, the file has {source.size:,}")
    entries = read_json(source, LENGTH, length)
    entries.pop("__metadata__", None)
    tensors = [_tensor(name, facts) for name, facts in entries.items()]
    _check_places(tensors, source.size - LENGTH - length)
    return tensors


def read_json(source: OpenSource, offset: int, length: int) -> dict[str, Any]:
    """Return a JSON object of the file in which no key stands twice. Raises Damaged, TooLarge."""
    if length > LONGEST_HEADER:
        raise TooLarge(f"its header has {length:,} bytes; at most {LONGEST_HEADER:,}, enough for 150,000 tensors")
    try:
        found = json.loads(source.read(offset, length).decode(), object_pairs_hook=_without_repetition)
    except RecursionError as error:
        raise Damaged("its header is nested too deep") from error
    except ValueError as error:
        raise Damaged("its header is no JSON") from error
    if type(found) is not dict:
        raise Damaged("its header is no JSON object")
    return found


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise Damaged("its header has a name twice")
    return found


def _tensor(name: str, facts: object) -> Tensor:
    try:
        return Tensor(name, *_facts(facts))
    except Damaged as error:
        raise Damaged(f"of the tensor “{shown(name)}”: {error}") from error


def _facts(facts: object) -> tuple[str, int, tuple[int, ...], int, int]:
    if type(facts) is not dict or facts.keys() != {"dtype", "shape", "data_offsets"}:
        raise Damaged("its entry has other keys than dtype, shape and data_offsets")
    shape, offsets, written = facts["shape"], facts["data_offsets"], facts["dtype"]
    if type(written) is not str or written not in DTYPES:
        raise Damaged("its type is none that safetensors has")
    if type(shape) is not list or type(offsets) is not list or [*map(type, offsets)] != [int, int]:
        raise Damaged("its shape and data_offsets are no lists of whole numbers")
    elements, (begin, end) = elements_of(shape), offsets
    if not 0 <= begin <= end or end - begin != bytes_of(elements, DTYPES[written]):
        raise Damaged(f"its shape has {elements:,} elements of {written}, its offsets span {end - begin:,} bytes")
    return DTYPES[written], elements, tuple(shape), begin, end


def _check_places(tensors: Iterable[Tensor], length: int) -> None:
    """Raises Damaged unless the tensors fill the bytes behind the header, one after the other."""
    placed = sorted(tensors, key=lambda tensor: (tensor.begin, tensor.end))
    for one, other in pairwise(placed):
        if one.end > other.begin:
            raise Damaged(f"the tensors “{shown(one.name)}” and “{shown(other.name)}” overlap")
        if one.end < other.begin:
            raise Damaged(f"no tensor fills the bytes before “{shown(other.name)}”")
    first, last = (placed[0].begin, placed[-1].end) if placed else (0, 0)
    if first != 0 or last != length:
        raise Damaged(f"its tensors take the bytes {first:,} to {last:,} of {length:,} behind the header")
