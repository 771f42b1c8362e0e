"""Hostile zips whose files overlap, explode, are locked, packed strangely, or are no plain files."""

import stat
import struct
import zlib
from dataclasses import replace
from functools import partial

from hostile_case import REJECT, Case
from unusual_zips import files_of
from zip_writing import STORED, File, deflated, end_part, extra_field, local_part, zip64_field, zip_of
from zip_writing import central_part as entry_of

ZEROS = bytes(2**20)
FOREIGN = {
    1: "shrunk",
    6: "imploded",
    9: "deflate64",
    10: "old-ibm-terse",
    12: "bzip2",
    14: "lzma",
    20: "old-zstandard",
    93: "zstandard",
    94: "mp3",
    95: "xz",
    96: "jpeg",
    97: "wavpack",
    98: "ppmd",
    0xFFFF: "unheard-of",
}


def bad(attack, name, why, build, code="bad_zip"):
    return Case(name, attack, REJECT, code, why, build)


def first_changed(attack, name, why, code="bad_zip", **changes):
    def build(pngs):
        first, *others = files_of(pngs)
        return zip_of([replace(first, **changes), *others])

    return bad(attack, name, why, build, code)


def packed_first(attack, name, why, pack):
    """The honest files, the first one packed by `pack`."""

    def build(pngs):
        first, *others = files_of(pngs)
        return zip_of([replace(first, packed=pack(first.contents)), *others])

    return bad(attack, name, why, build)


def beside(attack, name, why, *strangers, code="bad_zip"):
    """The honest files, and others beside them that the split does not know."""
    return bad(attack, name, why, lambda pngs: zip_of([*files_of(pngs), *strangers]), code)


def with_entries(body, entries):
    directory = b"".join(entries)
    return body + directory + end_part(len(entries), len(directory), len(body), len(body + directory))


def full_overlap(pngs):
    """All images are one and the same file, as in the oldest overlapping bomb."""
    files = [File(f"{image}.png", next(iter(pngs.values()))) for image in pngs]
    return with_entries(local_part(files[0]), [entry_of(file, 0) for file in files])


def headers_in_extra_fields(pngs):
    """Fifield's other way: each local header lies in an extra field of the one before; all share the contents."""
    png = next(iter(pngs.values()))
    headers, offsets, files = b"", [], []
    for image in reversed(pngs):
        extra = extra_field(0x9999, headers) if headers else b""
        files.insert(0, File(f"{image}.png", png, local={"extra": extra}))
        headers = local_part(files[0])[: -len(files[0].data)]
        offsets = [0, *(at + 34 + len(files[0].name) for at in offsets)]
    entries = [entry_of(file, at) for file, at in zip(files, offsets, strict=True)]
    return with_entries(headers + files[0].data, entries)


def quoted_overlap(pngs, count=100):
    """Fifield's better bomb: a stored deflate block quotes each next local header, all share one kernel."""
    kernel = deflated(ZEROS, 9)
    first = next(iter(pngs))
    names = [f"{first}.png", *(f"{number:05}.png" for number in range(count))]
    size, checksum, tail = len(ZEROS), zlib.crc32(ZEROS), kernel
    contents, parts = ZEROS, []
    for name in reversed(names):
        file = File(name, contents, packed=tail, central={"checksum": checksum, "size": size})
        header = local_part(replace(file, packed=b""))[: 30 + len(name)]
        header = header[:18] + struct.pack("<L", len(tail)) + header[22:]
        parts.append((file, len(header) + len(tail)))
        quote = struct.pack("<BHH", 0, len(header), len(header) ^ 0xFFFF) + header
        contents, tail = header + contents, quote + tail
        size, checksum = len(contents), zlib.crc32(contents)
    whole = tail[5:]
    entries = [entry_of(file, len(whole) - length) for file, length in reversed(parts)]
    return with_entries(whole, entries)


def overlaps():
    attack = "overlap"
    yield bad(attack, "every-image-the-same-file", "one file under all names", full_overlap)
    yield bad(attack, "headers-in-extra-fields", "each file contains the next", headers_in_extra_fields)
    yield bad(attack, "quoted-overlap", "20 files of 1 MiB in one kernel", lambda p: quoted_overlap(p, 20))
    yield bad(attack, "quoted-overlap-bomb", "100 files of 1 MiB in one kernel", quoted_overlap, "too_large")
    yield first_changed(
        attack,
        "file-reaches-into-the-next",
        "its packed size is too large",
        local={"packed_size": 400},
        central={"packed_size": 400},
    )
    yield first_changed(
        attack,
        "file-reaches-into-the-directory",
        "its packed size is far too large",
        local={"packed_size": 99_999},
        central={"packed_size": 99_999},
    )


def bombs():
    big = {"size": 0xFFFFFFF0}
    attack = "bomb"
    yield first_changed(attack, "image-of-20-mib-of-zeros", "1000 to 1", "too_large", contents=20 * ZEROS)
    yield first_changed(attack, "image-that-says-4-gib", "a lie", "too_large", local=big, central=big)
    more = lambda png: deflated(png + 20 * ZEROS)  # noqa: E731 (it is said once)
    yield packed_first(attack, "image-that-says-less-than-it-unpacks-to", "20 MiB behind a small size", more)
    size = {"size": 100 * 2**20}
    many = [File(f"junk/{n}.bin", packed=deflated(ZEROS), local=size, central=size) for n in range(3)]
    yield beside(attack, "strangers-of-300-mib", "files of no image, 1000 to 1", *many, code="too_large")
    inner = zip_of([File("0", packed=deflated(10 * ZEROS), contents=b"")])
    yield beside(
        attack,
        "stranger-that-says-16-eib",
        "a size beyond every file system",
        File("x", extra=zip64_field(2**64 - 1), local={"size": 0xFFFFFFFF}, central={"size": 0xFFFFFFFF}),
        code="too_large",
    )
    yield bad(attack, "zip-of-zips", "a bomb for who unpacks again", lambda _: nested(inner, 6), "empty_archive")
    yield bad("too many files", "70000-files", "an endless directory", lambda p: crowd(p, 70_000), "too_large")
    yield bad(
        "too many files", "directory-of-20-mib", "long comments", lambda p: crowd(p, 320, 65_000), "too_large"
    )


def nested(inner, depth):
    for level in range(depth):
        inner = zip_of([File(f"{level}/{number}.zip", inner) for number in range(4)])
    return inner


def crowd(pngs, count, comment=0):
    """As many empty files as told beside the images, with comments of so many bytes."""
    files = files_of(pngs)
    files += [File(f"{number:06}", method=STORED, central={"comment": bytes(comment)}) for number in range(count)]
    return zip_of(files, zip64=True)


def lying_contents():
    attack = "contents lie"
    both = {"local": {"size": 1}, "central": {"size": 1}}
    yield first_changed(attack, "size-smaller-than-the-contents", "it unpacks to more", **both)
    both = {"local": {"size": 90_000}, "central": {"size": 90_000}}
    yield first_changed(attack, "size-larger-than-the-contents", "it unpacks to less", **both)
    both = {"local": {"checksum": 7}, "central": {"checksum": 7}}
    yield first_changed(attack, "checksum-of-something-else", "damaged, or forged", **both)
    yield first_changed(attack, "stored-with-two-sizes", "readers disagree", method=STORED, packed=b"abc")
    yield first_changed(attack, "deflate-stream-of-garbage", "no such block", packed=b"\xff\xff\xff\xff")
    yield packed_first(attack, "deflate-stream-without-an-end", "it is cut off", lambda png: deflated(png)[:-1])
    yield packed_first(attack, "deflate-stream-cut-early", "it is cut off", lambda png: deflated(png)[:9])
    yield first_changed(attack, "no-packed-bytes-at-all", "an empty stream", packed=b"")
    hidden = lambda png: deflated(png) + b"hidden"  # noqa: E731
    yield packed_first(attack, "bytes-behind-the-deflate-stream", "hidden inside the packed size", hidden)


def locked_and_foreign():
    locked = partial(first_changed, "encrypted", code="encrypted")
    yield locked("password", "the flag says so", flags=1)
    yield locked("strong-encryption", "the flags say so", flags=1 | 1 << 6)
    yield locked("locked-directory", "local headers are masked", flags=1 << 13)
    yield locked("winzip-aes", "method 99", flags=1, method=99, packed=bytes(40))
    yield beside(
        "encrypted", "stranger-with-a-password", "nobody can look", File("notes", flags=1), code="encrypted"
    )
    for method, name in FOREIGN.items():
        why = f"method {method} is neither stored nor deflate"
        code = "unsupported_compression"
        yield first_changed("foreign compression", f"method-{name}", why, code, method=method, packed=b"abc")
    why = "no honest program writes it"
    for flag in (4, 5, 7, 12, 15):
        yield first_changed("unknown format", f"flag-{flag}", why, flags=1 << flag)
    yield first_changed("unknown format", "version-9-9", why, local={"needed": 99}, central={"needed": 99})


def special_files():
    kinds = {
        "symbolic-link": stat.S_IFLNK,
        "block-device": stat.S_IFBLK,
        "character-device": stat.S_IFCHR,
        "named-pipe": stat.S_IFIFO,
        "socket": stat.S_IFSOCK,
        "folder-without-its-slash": stat.S_IFDIR,
        "kind-that-does-not-exist": 0o170000,
    }
    for name, kind in kinds.items():
        why = "no plain file"
        yield first_changed("link or special file", name, why, "unsafe_path", mode=kind | 0o777)
    passwd = File("results", b"/etc", STORED, mode=stat.S_IFLNK | 0o777)
    yield beside("link or special file", "link-beside-the-images", "a way out", passwd, code="unsafe_path")
    away = File("results/", b"/etc", STORED, mode=stat.S_IFLNK | 0o777)
    yield beside("link or special file", "link-named-as-a-folder", "a way out", away, code="unsafe_path")
    yield beside("folder with contents", "folder-of-4-bytes", "hidden", File("folder/", b"data", STORED))
    yield beside("folder with contents", "folder-of-packed-bytes", "hidden", File("folder/", b"data" * 99))


SIZE_CASES = [*overlaps(), *bombs(), *lying_contents(), *locked_and_foreign(), *special_files()]
