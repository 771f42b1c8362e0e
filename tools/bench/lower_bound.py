"""The floor under every scorer: read and decode a submission as fast as can be, check and count nothing.

python tools/bench/lower_bound.py rows|bands submission.zip

`rows` undoes the filters row by row, two Paeth rows side by side: the fastest decoder that we know of elsewhere,
and what the bars are measured from. `bands` undoes them as the evaluator does.
"""

import json
import struct
import sys
import time
import zipfile
from collections.abc import Callable

import deflate
import numpy as np

from evaluator.kernels import compiled
from evaluator.malloc import keep_freed_memory

HEAD, TAIL = 8, 4  # bytes of a chunk around its body: length and kind before it, the checksum behind
Unfilter = Callable[[bytearray, int, int], np.ndarray]


def decode(png: bytes, unfilter: Unfilter) -> np.ndarray:
    """Decode an 8-bit PNG of one channel that is known to be right."""
    width, height = struct.unpack_from(">II", png, 16)
    pieces, position = [], 8
    while position < len(png):
        length, kind = struct.unpack_from(">I4s", png, position)
        if kind == b"IDAT":
            pieces.append(png[position + HEAD : position + HEAD + length])
        position += HEAD + length + TAIL
    packed = pieces[0] if len(pieces) == 1 else b"".join(pieces)
    return unfilter(deflate.zlib_decompress(packed, height * (width + 1)), height, width)


def by_rows() -> Unfilter:
    """Compile the loop that undoes the filters row by row."""
    from evaluator.kernels.rows import undo_rows  # noqa: PLC0415 (seconds)

    def unfilter(raw: bytearray, height: int, width: int) -> np.ndarray:
        pixels = np.empty((height, width), np.uint8)
        undo_rows(np.frombuffer(raw, np.uint8), np.zeros(width, np.uint8), pixels.reshape(-1))
        return pixels

    unfilter(bytearray(2), 1, 1)
    return unfilter


def by_bands() -> Unfilter:
    """Load the evaluator's kernels."""
    compiled.start()
    assert compiled.kernels, "the kernels are missing"
    return compiled.kernels.unfilter


def main() -> None:
    keep_freed_memory()
    unfilter = {"rows": by_rows, "bands": by_bands}[sys.argv[1]]()
    begun = time.process_time()
    with zipfile.ZipFile(sys.argv[2]) as submission:
        for name in submission.namelist():
            decode(submission.read(name), unfilter)
    print(json.dumps({"cpu": time.process_time() - begun}))


if __name__ == "__main__":
    main()
