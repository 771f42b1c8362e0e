"""Archives with the faults that teams make, one for each code and some that mix them, as CASES."""

import io
import struct
import zipfile
from collections.abc import Callable, Iterable

import numpy as np
from hostile_case import ACCEPT, REJECT, Case
from PIL import Image

# Folders that try what a folder's name can do to whoever shows it.
NASTY = {
    "control": "\x01\x07\x7f",
    "escape": "\x1b[2J\x1b]0;owned\x07",
    "bidi": "\u202egnp.exe\u2066",
    "lines": "a\r\nBcc: all@example.org\n\nFrom: x",
    "nul": "before\0after",
    "long": "very_long_" * 400,
    "html": "<script>alert(1)</script><img src=x onerror=alert(1)>\"'&amp;",
    "formula": '=1+cmd|" C:calc"!A0',
    "template": "{{ settings.SECRET_KEY }}{% debug %}%s%(x)s${x}",
    "emoji": "👩‍🔬🏳️‍🌈",
    "invisible": "a\u200b\u00ad\ufeff",
    "cp437": "ünïcödé".encode("cp437").decode("cp437"),
}
Files = Iterable[tuple[str, bytes]]


def zipped(files: Files, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of these names, whatever is in them; always the same."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in files:
            entry = zipfile.ZipInfo("x", (2020, 1, 1, 0, 0, 0))
            entry.filename = name  # the constructor ends a name at a NUL
            archive.writestr(entry, content, compress_type=method)
    return stream.getvalue()


def picture(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png))


def saved(image: Image.Image, kind: str = "PNG") -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind)
    return stream.getvalue()


def colours(png: bytes) -> bytes:
    return saved(picture(png).convert("RGB"))


def swapped(png: bytes) -> bytes:
    """One row more, so that it is wrong also where the image is a square."""
    width, height = picture(png).size
    return saved(Image.new("L", (height, width + 1)))


def unknown_labels(png: bytes) -> bytes:
    return saved(Image.fromarray(np.full_like(np.asarray(picture(png)), 255)))


def jpeg(png: bytes) -> bytes:
    return saved(picture(png).convert("L"), "JPEG")


def cut_off(png: bytes) -> bytes:
    return png[:-20]


def first_as(change: Callable[[bytes], bytes]) -> Callable[[dict[str, bytes]], bytes]:
    """The first image's PNG changed, the others as they are."""

    def build(pngs: dict[str, bytes]) -> bytes:
        (first, png), *rest = good(pngs)
        return zipped([(first, change(png)), *rest])

    return build


def good(pngs: dict[str, bytes]) -> list[tuple[str, bytes]]:
    return [(f"{name}.png", png) for name, png in pngs.items()]


def beside(name: str, content: bytes = b"x") -> Callable[[dict[str, bytes]], bytes]:
    """All that is needed, and a file more."""
    return lambda pngs: zipped([*good(pngs), (name, content)])


def encrypted(pngs: dict[str, bytes]) -> bytes:
    """Marked as encrypted in its directory and its local header."""
    return _flagged(zipped(good(pngs)), 0x1)


def _flagged(archive: bytes, bit: int) -> bytes:
    changed = bytearray(archive)
    directory = archive.index(b"PK\x01\x02")
    for at in (6, directory + 8):
        (flags,) = struct.unpack_from("<H", changed, at)
        struct.pack_into("<H", changed, at, flags | bit)
    return bytes(changed)


def damaged(pngs: dict[str, bytes]) -> bytes:
    """The first file's bytes are not those of its checksum."""
    archive = bytearray(zipped(good(pngs), zipfile.ZIP_STORED))
    archive[archive.index(b"IEND") + 4] ^= 1  # the checksum of PNG's last chunk, which the header does not reach
    return bytes(archive)


def invalid_utf8(pngs: dict[str, bytes]) -> bytes:
    """A name that says it is UTF-8 and is not; half a surrogate."""
    archive = zipped([("notes_xyz.txt", b"x"), *good(pngs)])
    return _flagged(archive.replace(b"notes_xyz", b"notes\xed\xa0\x80y"), 0x800)


def old_letters(pngs: dict[str, bytes]) -> bytes:
    """A name in the letters of no known code page."""
    return zipped([("notes_xyz.txt", b"x"), *good(pngs)]).replace(
        b"notes_xyz", b"\x81\x8d\x8f\x90\x9d\xff\xfe\xf0\x80"
    )


def many_kinds(pngs: dict[str, bytes]) -> bytes:
    """Every kind of problem that shows in names and headers, each under a nasty folder."""
    _, (twice, png), *rest = pngs.items()
    changes = [colours, swapped, jpeg, lambda png: png + bytes(2**24)]
    folders = list(NASTY.values())
    files = [(f"{folders[0]}/{twice}.png", png), (f"{folders[1]}/{twice}.png", png), ("../up.png", png)]
    for index, (name, good_png) in enumerate(rest):
        change = changes[index] if index < len(changes) else colours
        files.append((f"{folders[(index + 2) % len(folders)]}/{name}.png", change(good_png)))
    return zipped(files)


def case(name: str, code: str, why: str, build: Callable[[dict[str, bytes]], bytes]) -> Case:
    return Case(name, "mistake", REJECT if code else ACCEPT, code, why, build)


CASES = [
    case("no-zip", "bad_zip", "begins as a zip and is none", lambda pngs: b"PK\x03\x04" + bytes(999)),
    case("half-a-zip", "bad_zip", "the directory is cut off", lambda pngs: zipped(good(pngs))[:-40]),
    case("damaged-file", "bad_zip", "a checksum does not hold", damaged),
    case("only-text", "empty_archive", "holds no PNG", lambda pngs: zipped([("readme.txt", b"x")])),
    case(
        "zip-in-a-zip",
        "empty_archive",
        "the inner one was meant",
        lambda pngs: zipped([("r.zip", zipped(good(pngs)))]),
    ),
    case("leads-out", "unsafe_path", "a name climbs out", beside("../../etc/x.png")),
    case("twice", "duplicate_id", "an old run lies beside", lambda pngs: beside(f"old/{good(pngs)[0][0]}")(pngs)),
    case("one-missing", "missing_file", "an image has no file", lambda pngs: zipped(good(pngs)[1:])),
    case("password", "encrypted", "marked as encrypted", encrypted),
    case("bzip2", "unsupported_compression", "not deflate", lambda pngs: zipped(good(pngs), zipfile.ZIP_BZIP2)),
    case("huge-file", "too_large", "zeros behind a PNG", first_as(lambda png: png + bytes(2**26))),
    case("a-jpeg", "not_an_image", "only the name is PNG's", first_as(jpeg)),
    case("cut-off-png", "not_an_image", "ends too early", first_as(cut_off)),
    case("colours", "bad_mode", "a colour picture", first_as(colours)),
    case("swapped", "size_mismatch", "width and height are swapped", first_as(swapped)),
    case("label-255", "label_out_of_range", "255 is no class", first_as(unknown_labels)),
    case("many-kinds", "unsafe_path", "all kinds at once, under nasty names", many_kinds),
    case("invalid-utf8", "bad_zip", "a name that is not the UTF-8 it claims to be", invalid_utf8),
    case("old-letters", "", "a stranger in old letters does no harm", old_letters),
    *(
        case(
            f"nasty-{kind}",
            "bad_mode",
            "colours in a folder with such a name",
            lambda pngs, nasty=nasty: zipped((f"{nasty}/{name}", colours(png)) for name, png in good(pngs)),
        )
        for kind, nasty in NASTY.items()
        if kind != "nul"
    ),
]
