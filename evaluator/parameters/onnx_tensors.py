"""Reads the tensors of an ONNX file: type, shape, and how long the data is, wherever it stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from typing import NamedTuple

from evaluator.parameters.protobuf import BYTES, LONGEST_VARINT, Field, Messages, Span
from evaluator.parameters.refusals import Damaged, TooLarge
from evaluator.parameters.tensors import MOST_DIMENSIONS, bits_of, bytes_of, elements_of

TEXT = "text"  # a type that is no number
NAMES = f"""
float32 uint8 int8 uint16 int16 int32 int64 {TEXT} bool float16 float64 uint32 uint64 complex64 complex128 bfloat16
float8_e4m3 float8_e4m3fnuz float8_e5m2 float8_e5m2fnuz uint4 int4 float4_e2m1 float8_e8m0 uint2 int2
float6_e2m3 float6_e3m2
"""
DTYPES = dict(enumerate(NAMES.split(), 1))
FLOATS, INT32S, STRINGS, INT64S, DOUBLES, UINT64S = 4, 5, 6, 7, 10, 11  # fields of data by type
TYPED = {FLOATS, INT32S, STRINGS, INT64S, DOUBLES, UINT64S}
HOLDS = {1: FLOATS, 14: FLOATS, 11: DOUBLES, 15: DOUBLES, 7: INT64S, 12: UINT64S, 13: UINT64S, 8: STRINGS}
IS_EXTERNAL = 1
MOST_ENTRIES = 100


class Part(IntEnum):
    """Further fields of a TensorProto."""

    DIMS = 1
    DATA_TYPE = 2
    SEGMENT = 3
    NAME = 8
    RAW = 9
    EXTERNAL = 13
    LOCATION = 14


class External(NamedTuple):
    """Bytes of a further file, in which the data of a tensor stands."""

    location: str
    begin: int
    end: int


class Tensor(NamedTuple):
    """A tensor of a model."""

    name: str
    dtype: str
    elements: int
    external: External | None


@dataclass
class _Read:
    """The fields of one TensorProto."""

    name: str = ""
    dims: list[int] = field(default_factory=list)
    type: int = 0
    raw: int | None = None  # bytes
    typed: Counter[int] = field(default_factory=Counter)  # bytes by field, or the number of texts
    entries: dict[str, str] = field(default_factory=dict)
    is_external: bool = False


def read_tensor(messages: Messages, message: Span) -> Tensor:
    """Return a TensorProto after checking that its data has the length of its shape. Raises Damaged, TooLarge."""
    read = _Read()
    for found in messages.fields(message):
        _take(messages, found, read)
    try:
        return _checked(read)
    except Damaged as error:
        raise Damaged(f"of the tensor “{read.name[:100]}”: {error}") from error


def _take(messages: Messages, found: Field, read: _Read) -> None:
    """Note one field."""
    number, span = found.number, found.span
    if number in TYPED:
        read.typed[number] += 1 if number == STRINGS else span.length
    elif number == Part.DIMS:
        _take_sizes(messages.varints(found), read)
    elif number == Part.NAME:
        read.name = messages.text(span)
    elif number == Part.EXTERNAL:
        _take_entry(messages, span, read)
    elif number == Part.SEGMENT:
        raise Damaged("a tensor is stored in segments, which no library reads")
    else:
        _take_number(found, read)


def _take_number(found: Field, read: _Read) -> None:
    match found.number:
        case Part.DATA_TYPE:
            read.type = found.value
        case Part.RAW:
            read.raw = found.span.length
        case Part.LOCATION:
            read.is_external = found.value == IS_EXTERNAL


def _take_sizes(sizes: Iterator[int], read: _Read) -> None:
    for size in sizes:
        read.dims.append(size)
        if len(read.dims) > MOST_DIMENSIONS:
            raise Damaged(f"a tensor has more than {MOST_DIMENSIONS} dimensions")


def _take_entry(messages: Messages, message: Span, read: _Read) -> None:
    texts = {found.number: messages.text(found.span) for found in messages.fields(message) if found.wire == BYTES}
    read.entries[texts.get(1, "")] = texts.get(2, "")
    if len(read.entries) > MOST_ENTRIES:
        raise TooLarge(f"a tensor has more than {MOST_ENTRIES} entries of external data; a handful")


def _checked(read: _Read) -> Tensor:
    if read.type not in DTYPES:
        raise Damaged("its type is none that ONNX has")
    dtype, elements = DTYPES[read.type], elements_of(read.dims)
    if read.is_external:
        return Tensor(read.name, dtype, elements, _external(read, dtype, elements))
    if read.raw is not None and dtype != TEXT:
        found, least, most = read.raw, *(2 * [bytes_of(elements, dtype)])
    else:
        found, least, most = _typed(read, dtype, elements)
    if not least <= found <= most:
        raise Damaged(f"its shape has {elements:,} elements of {dtype}, its data has {found:,} bytes")
    return Tensor(read.name, dtype, elements, None)


def _typed(read: _Read, dtype: str, elements: int) -> tuple[int, int, int]:
    """Return the bytes of data in the field of its type, and how few and how many there may be."""
    holds = HOLDS.get(read.type, INT32S)
    if holds in (FLOATS, DOUBLES):
        least = most = bytes_of(elements, dtype)
    elif holds == STRINGS:
        least = most = elements
    else:  # as varints, of which one may hold several elements of a few bits
        least = bytes_of(elements, dtype) if bits_of(dtype) < 8 else elements
        most = LONGEST_VARINT * least
    return read.typed[holds], least, most


def _external(read: _Read, dtype: str, elements: int) -> External:
    if dtype == TEXT:
        raise Damaged("it is text in a further file, which ONNX does not have")
    length, begin = bytes_of(elements, dtype), _whole(read.entries.get("offset", "0"))
    if _whole(read.entries.get("length", str(length))) != length:
        raise Damaged(f"its shape has {elements:,} elements of {dtype}, its external data another length")
    return External(read.entries.get("location", ""), begin, begin + length)


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        raise Damaged("its offset or length in the further file is no whole number")
    return int(text)
