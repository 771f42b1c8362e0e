"""Fuzzes the reading of zips by mutation: PYTHONPATH=tests/evaluator python -m fuzz_archive --minutes 10 --seed 1

Whatever is done to a zip, it is read or Rejected, soon and in little memory; and where Python's own zipfile
reads it as well, both read the same bytes in the same order.
"""

import argparse
import faulthandler
import io
import os
import random
import re
import resource
import struct
import sys
import time
import warnings
import zipfile
import zlib
from contextlib import contextmanager, nullcontext
from pathlib import Path
from tempfile import NamedTemporaryFile

from factories import manifest, png
from hostile_case import ACCEPT
from hostile_zips import CASES

from evaluator.contract import CODES, Rejected
from evaluator.contract.formats import START_LENGTH, TAIL_LENGTH, looks_like_zip
from evaluator.file_matching import match_files
from evaluator.zip.archive import Limits, check_member_size, open_archive

SPLIT = manifest("segmentation", ("a", 5, 4), ("b", 5, 4), ("c", 5, 4))
OTHER_SPLIT = manifest("segmentation", ("zzz", 5, 4), ("größe", 5, 4))
LIMITS = Limits(2_000, 2**22)
LARGEST = 2**22  # bytes of a member that is read
LARGEST_SEED = 20_000
LARGE = "too many files", "bomb", "quoted-overlap", "quoted-overlap-bomb", "5000-strangers", "strangers-of-60-mib"
HONEST_TIMES = 6  # as likely to be mutated as a hostile one: what is wrong already hides what is beneath
IN_MEMORY = "/dev/shm"  # where truncating a file costs no disk
SECONDS = 10  # for one input
MEMORY = 512 * 2**20
ITS_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    RuntimeError,
    OSError,
    ValueError,
    EOFError,
    OverflowError,
)
SIGNATURES = b"PK\1\2", b"PK\3\4", b"PK\5\6", b"PK\6\6", b"PK\6\7", b"PK\7\x08"
FIELDS = {  # offset and width of each number behind a signature
    b"PK\1\2": (
        *((4, 2), (6, 2), (8, 2), (10, 2), (16, 4), (20, 4), (24, 4)),
        *((28, 2), (30, 2), (32, 2), (34, 2), (38, 4), (42, 4)),
    ),
    b"PK\3\4": ((4, 2), (6, 2), (8, 2), (14, 4), (18, 4), (22, 4), (26, 2), (28, 2)),
    b"PK\5\6": ((4, 2), (6, 2), (8, 2), (10, 2), (12, 4), (16, 4), (20, 2)),
    b"PK\6\6": ((4, 8), (16, 4), (20, 4), (24, 8), (32, 8), (40, 8), (48, 8)),
    b"PK\6\7": ((4, 4), (8, 8), (16, 4)),
    b"PK\7\x08": ((4, 4), (8, 4), (12, 4)),
}


def seeds():
    """All generated cases that are small, honest and hostile; those known to be large are not even built."""
    generator = random.Random(0)
    pngs = {image: png([[generator.randrange(200) for _ in range(5)] for _ in range(4)]) for image in "abc"}
    cases = [case for case in CASES if case.attack not in LARGE and case.name not in LARGE]
    built = [case.build(pngs) for case in cases for _ in range(HONEST_TIMES if case.verdict == ACCEPT else 1)]
    return [contents for contents in built if len(contents) <= LARGEST_SEED]


def flip_bits(zip_file, generator, _):
    for _ in range(generator.choice((1, 1, 2, 8))):
        zip_file[generator.randrange(len(zip_file))] ^= 1 << generator.randrange(8)


def set_a_field(zip_file, generator, _):
    """Give one number of one header a value that is likely to hurt."""
    signature = generator.choice(SIGNATURES)
    at = _find(zip_file, signature, generator)
    offset, width = generator.choice(FIELDS[signature])
    if at < 0 or at + offset + width > len(zip_file):
        return
    now = int.from_bytes(zip_file[at + offset : at + offset + width], "little")
    most = (1 << 8 * width) - 1
    likely = (0, 1, most, most - 1, now + 1, now - 1, now ^ (1 << generator.randrange(8 * width)), len(zip_file))
    value = generator.choice((*likely, generator.randrange(most)))
    zip_file[at + offset : at + offset + width] = (value & most).to_bytes(width, "little")


def set_both_headers(zip_file, generator, _):
    """Change flags, method, checksum or sizes alike in all local headers and entries."""
    offset, width = generator.choice(((6, 2), (8, 2), (14, 4), (18, 4), (22, 4)))
    value = generator.choice((0, 1, 8, 9, 1 << 11, (1 << 8 * width) - 1)).to_bytes(4, "little")[:width]
    for signature, more in ((b"PK\3\4", 0), (b"PK\1\2", 2)):
        at = zip_file.find(signature)
        if 0 <= at <= len(zip_file) - 46:
            zip_file[at + offset + more : at + offset + more + width] = value


def splice(zip_file, generator, others):
    """Put a piece of another zip, or of this one, anywhere."""
    other = generator.choice((*others, bytes(zip_file)))
    begin, at = generator.randrange(len(other) + 1), generator.randrange(len(zip_file) + 1)
    piece = other[begin : begin + generator.choice((1, 4, 30, 46, 200, len(other)))]
    zip_file[at : at + generator.choice((0, len(piece)))] = piece


def cut(zip_file, generator, _):
    begin = generator.randrange(len(zip_file))
    del zip_file[begin : generator.choice((len(zip_file), begin + 1, begin + generator.randrange(1, 60)))]


def double(zip_file, generator, _):
    """Repeat a piece, from one signature to another where possible."""
    begin, end = sorted(max(0, _find(zip_file, generator.choice(SIGNATURES), generator)) for _ in range(2))
    zip_file[end:end] = zip_file[begin : end or None]


def shift_ends(zip_file, generator, _):
    """Insert bytes and fix the end record, so that the insides are reached."""
    end = zip_file.rfind(b"PK\5\6")
    at = generator.randrange(len(zip_file))
    piece = generator.randbytes(generator.randrange(1, 30))
    if at < end <= len(zip_file) - 22:
        size, offset = struct.unpack_from("<LL", zip_file, end + 12)
        size, offset = (size, offset + len(piece)) if at < offset else (size + len(piece), offset)
        struct.pack_into("<LL", zip_file, end + 12, size & 0xFFFFFFFF, offset & 0xFFFFFFFF)
    zip_file[at:at] = piece


MUTATIONS = flip_bits, set_a_field, set_a_field, set_a_field, set_both_headers, splice, cut, double, shift_ends


def _find(zip_file, signature, generator):
    """Return an offset of the signature, or -1."""
    offsets = [found.start() for found in re.finditer(re.escape(signature), zip_file)]
    return generator.choice(offsets) if offsets else -1


def mutated(zips, generator):
    zip_file = bytearray(generator.choice(zips))
    for _ in range(generator.choice((1, 1, 1, 2, 2, 3, 5))):
        if zip_file:
            generator.choice(MUTATIONS)(zip_file, generator, zips)
    return bytes(zip_file[: 4 * LARGEST_SEED])


def examine(path):
    """Read all of a zip by our reader; returns the bytes of its files in order, None if it is refused."""
    try:
        with open_archive(path, LIMITS) as archive:
            match_files(archive.members, SPLIT, [("another", OTHER_SPLIT)])
            return [_read(archive, member) for member in archive.members]
    except Rejected as rejected:
        refusal = rejected
    assert refusal.to_json()
    assert {problem.code for problem in refusal.problems} <= CODES.keys()
    return None


def _read(archive, member):
    check_member_size(member, LARGEST)
    contents = archive.read(member)
    assert archive.start(member, 33) == contents[:33]
    return contents


def examine_by_python(contents):
    """The same by Python's zipfile; None where it cannot, which is its own affair."""
    try:
        with warnings.catch_warnings(), zipfile.ZipFile(io.BytesIO(contents)) as archive:
            warnings.simplefilter("ignore")
            return [archive.read(entry) for entry in archive.infolist()]
    except ITS_ERRORS:
        return None


@contextmanager
def ended_if_it_hangs():
    faulthandler.dump_traceback_later(SECONDS, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()


def fuzz(seed, *, inputs=None, seconds=None, guard=nullcontext):
    """Examine mutated zips until either bound; returns how many there were and how many were read."""
    generator, zips = random.Random(seed), seeds()
    until = time.monotonic() + (seconds or 3600)
    accepted = done = 0
    with NamedTemporaryFile("wb", buffering=0, dir=IN_MEMORY if Path(IN_MEMORY).is_dir() else None) as file:
        while time.monotonic() < until and done != inputs:
            contents = mutated(zips, generator)
            file.truncate(0)
            os.pwrite(file.fileno(), contents, 0)
            done += 1
            try:
                accepted += compared(Path(file.name), contents, guard)
            except BaseException:
                kept = Path(f"fuzzed-{seed}-{done}.zip").absolute()
                kept.write_bytes(contents)
                print(f"input {done} of seed {seed} is kept as {kept}", file=sys.stderr)  # noqa: T201
                raise
    return done, accepted


def compared(path, contents, guard):
    """Whether our reader reads the zip; AssertionError where zipfile reads it otherwise."""
    with guard():
        read = examine(path)
    assert read is None or examine_by_python(contents) in (None, read), "zipfile reads other bytes"
    assert read is None or looks_like_zip(contents[:START_LENGTH], contents[-TAIL_LENGTH:]), "refused at the door"
    return read is not None


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    done, accepted = fuzz(arguments.seed, seconds=60 * arguments.minutes, guard=ended_if_it_hangs)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    assert memory <= MEMORY, f"{memory:,} bytes of memory"
    print(f"{done:,} inputs, {accepted:,} read, at most {memory:,} bytes of memory")  # noqa: T201


if __name__ == "__main__":
    main()
