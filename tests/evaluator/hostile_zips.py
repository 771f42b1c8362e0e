"""Hostile and odd zips, each made from {image id: PNG} of any small split: CASES, and what must come of them."""

import bz2
import gzip
import io
import lzma
import tarfile
from functools import partial

from hostile_zip_names import NAME_CASES
from hostile_zip_sizes import SIZE_CASES, bad, first_changed
from unusual_zips import ODD_CASES, files_of
from zip_writing import STREAMED, File, extra_field, zip64_field, zip_of

LITTLE = 0x7FFFFFFF
OTHER = {"zzz": b"not this one"}  # the images of another zip


def ended(attack, name, why, **ends):
    return bad(attack, name, why, lambda pngs: zip_of(files_of(pngs), **ends))


def tar(pngs):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for image, png in pngs.items():
            entry = tarfile.TarInfo(f"{image}.png")
            entry.size = len(png)
            archive.addfile(entry, io.BytesIO(png))
    return stream.getvalue()


def no_zips():
    kinds = {
        "empty-file": lambda _: b"",
        "one-byte": lambda _: b"P",
        "text": lambda _: b"Dear organisers, please find our results attached.\n",
        "web-page": lambda _: b"<!DOCTYPE html><title>Sign in to download</title>",
        "zeros": lambda _: bytes(100_000),
        "rar": lambda pngs: b"Rar!\x1a\7\1\0" + b"".join(pngs.values()),
        "7z": lambda pngs: b"7z\xbc\xaf\x27\x1c\0\4" + b"".join(pngs.values()),
        "tar": tar,
        "tar-gz": lambda pngs: gzip.compress(tar(pngs), mtime=0),
        "tar-bz2": lambda pngs: bz2.compress(tar(pngs)),
        "tar-xz": lambda pngs: lzma.compress(tar(pngs)),
        "png": lambda pngs: next(iter(pngs.values())),
        "local-headers-only": lambda pngs: zip_of(files_of(pngs)).partition(b"PK\1\2")[0],
        "start-of-a-split-zip": lambda pngs: b"PK\7\x08" + zip_of(files_of(pngs)).partition(b"PK\1\2")[0],
    }
    return [bad("no zip", name, "another kind of file, named .zip", build) for name, build in kinds.items()]


def cut_offs():
    def cut(pngs, part):
        whole = zip_of(files_of(pngs))
        return whole[: int(len(whole) * part)]

    for percent in (1, 10, 25, 50, 75, 90, 99):
        name = f"cut-off-at-{percent}-percent"
        yield bad("cut off", name, "an upload that broke off", partial(cut, part=percent / 100))
    yield bad("cut off", "cut-off-by-one-byte", "the last byte is missing", lambda p: zip_of(files_of(p))[:-1])
    yield bad("cut off", "cut-off-in-front", "the first byte is missing", lambda p: zip_of(files_of(p))[1:])


def bytes_around():
    yield ended("bytes after the end", "one-byte-after-the-end", "the end is not the end", after=b"\n")
    yield ended("bytes after the end", "text-after-the-end", "the end is not the end", after=b"see you\n")
    yield ended("bytes after the end", "zeros-after-the-end", "padding beyond all comments", after=bytes(70_000))
    yield ended("bytes before the start", "stub-before-the-start", "a self-extracting program", before=b"MZ stub")
    yield bad(
        "bytes before the start",
        "stub-before-unmoved-offsets",
        "readers disagree whether offsets count from the stub",
        lambda pngs: b"#!/bin/sh\n" + zip_of(files_of(pngs)),
    )
    yield bad(
        "bytes before the start",
        "image-before-the-start",
        "one file that is a picture to some and a zip to others",
        lambda pngs: zip_of(files_of(pngs), before=next(iter(pngs.values()))),
    )


def gaps():
    yield first_changed("gap", "gap-between-files", "bytes that belong to no file", after=b"hidden")
    yield ended("gap", "gap-before-the-directory", "bytes that belong to no file", gap=b"hidden")
    yield ended("gap", "gap-after-the-directory", "bytes that belong to no entry", after_directory=b"hidden")
    ghost = zip_of([File("ghost.png", b"x")]).partition(b"PK\1\2")[0]
    why = "readers that stream see one file more"
    yield first_changed("gap", "file-that-the-directory-hides", why, after=ghost)


def two_ends():
    for name, wrap in (
        ("two-zips-in-a-row", lambda one, two: one + two),
        ("zip-behind-its-own-copy", lambda one, _: one + one),
    ):
        yield bad(
            "two ends",
            name,
            "first or last?",
            lambda p, wrap=wrap: wrap(zip_of(files_of(p)), zip_of(files_of(OTHER))),
        )
    yield bad(
        "two ends",
        "zip-in-the-comment",
        "a reader that looks from the back finds another zip",
        lambda pngs: zip_of(files_of(pngs), comment=zip_of(files_of(OTHER))),
    )
    yield ended(
        "two ends",
        "end-that-does-not-fit-in-the-comment",
        "readers that take the last end find an empty zip",
        comment=zip_of([])[:-2] + b"\xff\xff",
    )
    yield bad(
        "two ends",
        "end-record-in-the-comment",
        "an empty zip hides in the comment",
        lambda pngs: zip_of(files_of(pngs), comment=b"hello " + zip_of([])),
    )


def lying_ends():
    lie = partial(ended, "directory lies")
    yield lie("comment-longer-than-said", "bytes follow", comment=b"abc", end={"comment_length": 2})
    yield lie("comment-shorter-than-said", "it is cut off", comment=b"abc", end={"comment_length": 4})
    yield lie("count-too-high", "files that are not there", end={"count": 99, "here": 99})
    yield lie("count-too-low", "files that are not counted", end={"count": 1, "here": 1})
    yield lie("count-zero", "an empty zip with files", end={"count": 0, "here": 0})
    yield lie("counts-disagree", "one disk, two counts", end={"here": 1})
    yield lie("directory-beyond-the-end", "it lies outside", end={"offset": LITTLE})
    yield lie("directory-at-minus-one", "all ones without a zip64 record", end={"offset": 0xFFFFFFFF})
    yield lie("directory-of-4-gib", "a reader would reserve it", end={"size": 0xFFFFFFFF})
    yield lie("directory-of-nothing", "its size is left out", end={"size": 0})
    yield lie("end-record-only-but-not-empty", "files are counted, none is there", end={"offset": 0, "size": 0})
    wrong = partial(first_changed, "directory lies")
    yield wrong("entry-without-signature", "the directory is overwritten", central={"signature": b"PK\0\0"})
    yield wrong("file-outside-the-zip", "its place is outside", central={"offset": LITTLE})
    yield wrong("file-at-minus-one", "all ones without zip64", central={"offset": 0xFFFFFFFF})
    yield wrong("file-one-byte-off", "its place is wrong", central={"offset": 1})
    yield wrong("local-header-without-signature", "nothing is there", local={"signature": b"PK\3\5"})
    yield wrong("extra-field-longer-than-its-room", "read past the end", extra=b"UT\xff\0abc")
    split = partial(ended, "part of a split zip")
    yield split("disk-number-1", "the last of two parts", end={"disk": 1})
    yield split("directory-on-disk-1", "the directory lies elsewhere", end={"start_disk": 1})
    entry = partial(first_changed, "part of a split zip")
    yield entry("file-on-disk-1", "the file lies elsewhere", central={"disk": 1})


def lying_zip64():
    lie = partial(ended, "zip64 lies", zip64=True)
    yield lie("zip64-locator-points-elsewhere", "two records?", locator={"offset": 0})
    yield lie("zip64-locator-points-outside", "outside", locator={"offset": 2**63})
    yield lie("zip64-locator-of-two-disks", "a part of a split zip", locator={"disks": 2})
    yield lie("zip64-record-of-another-length", "bytes hide in it", end64={"length": 56})
    yield lie("zip64-record-without-signature", "overwritten", end64={"signature": b"PK\6\5"})
    yield lie("zip64-directory-of-2-to-the-63", "a reader would reserve it", end64={"size": 2**63})
    yield lie("zip64-directory-at-2-to-the-64", "negative to some", end64={"offset": 2**64 - 1})
    yield lie("zip64-and-plain-counts-disagree", "which holds?", end={"count": 1})
    yield lie("zip64-and-plain-offsets-disagree", "which holds?", end={"offset": 0})
    yield bad(
        "zip64 lies",
        "zip64-count-of-2-to-the-63",
        "a reader would reserve it",
        lambda p: zip_of(files_of(p), zip64=True, end64={"count": 2**63, "here": 2**63}),
        "too_large",
    )
    ones = {"size": 0xFFFFFFFF, "packed_size": 0xFFFFFFFF}
    wrong = partial(first_changed, "zip64 lies")
    yield wrong("zip64-field-is-missing", "the size is nowhere", central=ones)
    yield wrong("zip64-field-is-too-short", "half the size", central={**ones, "extra": extra_field(1, bytes(8))})
    yield wrong("zip64-field-contradicts", "two sizes, which holds?", central={"extra": zip64_field(5, 5)})
    yield wrong("zip64-field-twice", "which holds?", central={"extra": 2 * zip64_field()})
    huge = {**ones, "extra": zip64_field(2**64 - 1, 1)}
    yield wrong("zip64-field-of-2-to-the-64", "overflows", "too_large", central=huge)
    yield wrong("zip64-field-in-local-header-lies", "two sizes", local={**ones, "extra": zip64_field(5, 5)})


def lying_locals():
    changes = {
        "name": {"name": b"other.png"},
        "longer-name": {"name": b"x/y/z/other.png"},
        "no-name": {"name": b""},
        "method": {"method": 0},
        "encryption-flag": {"flags": 1},
        "utf8-flag": {"flags": 1 << 11},
        "descriptor-flag": {"flags": STREAMED},
        "checksum": {"checksum": 1},
        "packed-size": {"packed_size": 1},
        "size": {"size": 1},
        "zero-size": {"size": 0},
        "version": {"needed": 99},
        "broken-extra-field": {"extra": b"\1\0\xff\xff...."},
    }
    for name, local in changes.items():
        why = "local header and directory disagree, and so would readers"
        yield first_changed("local header lies", f"local-{name}", why, local=local)


def lying_descriptors():
    for field_name, value in (("checksum", 1), ("packed_size", 1), ("size", 1)):
        for kind in ("32", "signed 32", "64", "signed 64"):
            name = f"descriptor-{kind}-lies-about-{field_name}".replace(" ", "-").replace("_", "-")
            why = "streaming readers would believe it"
            yield first_changed("descriptor lies", name, why, descriptor=kind, described={field_name: value})
    wrong = partial(first_changed, "descriptor lies")
    yield wrong("descriptor-is-missing", "the flag says that one follows", flags=STREAMED)
    yield wrong("descriptor-and-a-gap", "bytes hide behind it", descriptor="signed 32", after=b"hide")
    yield wrong("streamed-header-with-a-wrong-size", "neither 0 nor true", descriptor="32", local={"size": 9})


CASES = [
    *no_zips(),
    *cut_offs(),
    *bytes_around(),
    *gaps(),
    *two_ends(),
    *lying_ends(),
    *lying_zip64(),
    *lying_locals(),
    *lying_descriptors(),
    *SIZE_CASES,
    *NAME_CASES,
    *ODD_CASES,
]
