"""Zips that look odd and must be accepted, as honest programs and people make them; some that hold no images."""

import unicodedata
from dataclasses import replace

from hostile_case import ACCEPT, REJECT, Case
from zip_writing import STORED, UTF8, File, deflated, extra_field, second_name, zip64_field, zip_of

ONES = {"size": 0xFFFFFFFF, "packed_size": 0xFFFFFFFF}
TIMES = extra_field(0x5455, b"\1" + bytes(4)) + extra_field(0x7875, b"\1\4" + bytes(9))


def files_of(pngs, folder="", **changes):
    return [File(f"{folder}{image}.png", png, **changes) for image, png in pngs.items()]


def plain(pngs):
    return zip_of(files_of(pngs))


def stored(pngs):
    return zip_of(files_of(pngs, method=STORED))


def packed_at(level):
    return lambda pngs: zip_of([replace(file, packed=deflated(file.contents, level)) for file in files_of(pngs)])


def streamed(kind, **changes):
    return lambda pngs: zip_of(files_of(pngs, descriptor=kind, **changes))


def streamed_zip64(pngs):
    """Sizes of all ones in the local header, with a zip64 field of zeros, and a descriptor of 64 bits."""
    local = {**ONES, "extra": zip64_field(0, 0)}
    return zip_of(files_of(pngs, descriptor="signed 64", local=local))


def macos(pngs):
    """As the Finder packs a folder: descriptors, a companion for every file, and its own notes."""
    extra = extra_field(0x7875, b"\1\4" + bytes(9))
    streamed_file = {"descriptor": "signed 32", "extra": extra, "mode": 0o100644}
    files = [File("results/", method=STORED, mode=0o40755, extra=extra)]
    files.append(File("results/.DS_Store", b"\0\0\0\1Bud1" * 20, **streamed_file))
    files.append(File("__MACOSX/results/._.DS_Store", b"\0\5\26\7" * 30, **streamed_file))
    for file in files_of(pngs, "results/", **streamed_file):
        image = file.name.rpartition("/")[2]
        files += [file, File(f"__MACOSX/results/._{image}", b"\0\5\26\7" * 30, **streamed_file)]
    files.append(File("results/Icon\r", b"", **streamed_file))
    return zip_of(files)


def zip64_everywhere(pngs):
    """Every size, and every offset, in zip64 fields though none needs it."""
    files, at = [], 0
    for file in files_of(pngs):
        sizes = len(file.contents), len(file.data)
        local = {**ONES, "extra": zip64_field(*sizes)}
        central = {**ONES, "offset": 0xFFFFFFFF, "extra": zip64_field(*sizes, at)}
        files.append(replace(file, local=local, central=central))
        at += 30 + len(file.raw_name) + 20 + len(file.data)
    return zip_of(files, zip64=True)


def zip64_unasked(pngs):
    """A zip64 field that agrees with the header, which does not ask for it."""
    return zip_of(
        [replace(file, extra=zip64_field(len(file.contents), len(file.data))) for file in files_of(pngs)]
    )


def backwards(pngs):
    """Files in another order than the directory lists them."""
    whole = zip_of(files_of(pngs))
    begin, end = whole.index(b"PK\1\2"), whole.rindex(b"PK\5\6")
    entries = [b"PK\1\2" + entry for entry in whole[begin:end].split(b"PK\1\2")[1:]]
    return whole[:begin] + b"".join(reversed(entries)) + whole[end:]


def with_others(*others):
    return lambda pngs: zip_of([*files_of(pngs), *others])


def with_60_mib(pngs):
    return zip_of([*files_of(pngs), File("raw.bin", bytes(60 * 2**20))])


ACCEPTED = {
    "plain": ("the honest zip", plain),
    "stored": ("zip -0", stored),
    "packed-hardest": ("zip -9", packed_at(9)),
    "packed-in-stored-blocks": ("deflate that does not pack", packed_at(0)),
    "in-a-folder": ("a wrapping folder", lambda p: zip_of([File("maps/", method=STORED), *files_of(p, "maps/")])),
    "in-folders": ("any depth", lambda p: zip_of(files_of(p, "home/me/results/maps/"))),
    "in-folders-by-backslash": ("as some Windows programs write", lambda p: zip_of(files_of(p, "maps\\test\\"))),
    "dot-folder": ("./a.png", lambda p: zip_of(files_of(p, "./"))),
    "comment": ("an archive comment", lambda p: zip_of(files_of(p), comment=b"our third try")),
    "longest-comment": ("65,535 bytes are allowed", lambda p: zip_of(files_of(p), comment=b"c" * 65_535)),
    "padded": ("bsdtar to a pipe fills a block of tape", lambda p: zip_of(files_of(p), after=bytes(8_000))),
    "split-zip-of-one-part": ("zip -s, and all fitted in", lambda p: zip_of(files_of(p), before=b"PK\7\x08")),
    "utf8-without-its-flag": (
        "as Info-ZIP and macOS write",
        with_others(File("grüße.txt", b"x"), File(unicodedata.normalize("NFD", "grüße.md"), b"x")),
    ),
    "file-comments": ("each file may have one", lambda p: zip_of(files_of(p, central={"comment": b"a map"}))),
    "descriptors": ("unsigned, 32 bits", streamed("32")),
    "signed-descriptors": ("signed, 32 bits, as macOS and Java", streamed("signed 32")),
    "wide-descriptors": ("unsigned, 64 bits", streamed("64")),
    "signed-wide-descriptors": ("signed, 64 bits", streamed("signed 64")),
    "stored-with-descriptors": ("stored and streamed", streamed("signed 32", method=STORED)),
    "streamed-zip64": ("Python and Info-ZIP to a pipe", streamed_zip64),
    "macos": ("the Finder's zip", macos),
    "zip64-records": ("zip64 ends though not needed", lambda p: zip_of(files_of(p), zip64=True)),
    "zip64-everywhere": ("zip64 fields though not needed", zip64_everywhere),
    "zip64-unasked": ("zip64 fields that say the same", zip64_unasked),
    "zip64-locator-of-no-disks": (
        "some writers count from 0",
        lambda p: zip_of(files_of(p), zip64=True, locator={"disks": 0}),
    ),
    "backwards": ("the directory in another order", backwards),
    "times": ("extra fields of times and owners", lambda p: zip_of(files_of(p, extra=TIMES))),
    "aligned": (
        "padding in extra fields",
        lambda p: zip_of(files_of(p, local={"extra": b"\x35\xd9\5\0" + bytes(5) + bytes(3)})),
    ),
    "without-modes": ("as Windows programs write", lambda p: zip_of(files_of(p, mode=0))),
    "deflate-hints": ("how hard deflate tried", lambda p: zip_of(files_of(p, local={"flags": 2}))),
    "utf8-flag": ("ASCII names, flagged", lambda p: zip_of(files_of(p, flags=UTF8))),
    "old-version": ("version 1.0 is enough", lambda p: zip_of(files_of(p, central={"needed": 10}))),
    "junk": (
        "what file managers leave",
        with_others(File("Thumbs.db", b"x"), File(".DS_Store", b"y"), File("desktop.ini", b"z")),
    ),
    "texts": (
        "a word to the organisers",
        with_others(File("README.txt", b"hello"), File("méthode.md", b"x", flags=UTF8)),
    ),
    "cp437-name": ("an old German name", with_others(File(b"gr\x81\xe1e.txt", b"x"))),
    "second-name-of-a-foreign-name": (
        "as Info-ZIP spells it",
        with_others(File(b"gr\x81\xe1e.txt", b"x", extra=second_name("grüße.txt".encode(), b"gr\x81\xe1e.txt"))),
    ),
    "outdated-second-name": (
        "its checksum is of an older name",
        with_others(File("new.txt", b"x", extra=second_name(b"old.txt", b"older"))),
    ),
    "packed-folder": (
        "Java packs the nothing in a folder",
        with_others(File("maps/", b"", descriptor="signed 32")),
    ),
    "two-texts-of-one-name": ("nobody reads them", with_others(File("notes", b"1"), File("notes", b"2"))),
    "strangers": ("maps of another split", with_others(File("zzz1.png", b"no PNG"), File("ZZZ1.png", b"neither"))),
    "small-zip-inside": ("ignored, never opened", with_others(File("code.zip", zip_of([File("../x", b"")])))),
    "5000-strangers": (
        "a whole other split",
        with_others(*(File(f"other/{n}.png", b"", STORED) for n in range(5000))),
    ),
    "strangers-of-60-mib": (
        "below the total",
        lambda p: zip_of([*files_of(p), File("raw.bin", bytes(60 * 2**20))]),
    ),
}

EMPTY = {
    "end-record-only": ("22 bytes, an empty zip", lambda _: zip_of([])),
    "empty-zip64": ("98 bytes, an empty zip", lambda _: zip_of([], zip64=True)),
    "folders-only": ("folders and nothing else", lambda _: zip_of([File("maps/", method=STORED)])),
    "junk-only": ("what file managers leave", lambda _: zip_of([File("__MACOSX/._a.png", b"x")])),
    "other-pictures": ("JPEGs", lambda p: zip_of([File(f"{image}.jpg", b"x") for image in p])),
    "zip-in-a-zip": ("the honest zip, zipped again", lambda p: zip_of([File("results.zip", plain(p), STORED)])),
}

ODD_CASES = [
    *(Case(name, "odd but honest", ACCEPT, "", *case) for name, case in ACCEPTED.items()),
    *(Case(name, "no image inside", REJECT, "empty_archive", *case) for name, case in EMPTY.items()),
]
