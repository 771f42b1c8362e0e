"""Hostile zips whose names lead out, deceive, collide or cannot be read."""

from functools import partial

from hostile_case import REJECT, Case
from unusual_zips import files_of
from zip_writing import STORED, UTF8, File, second_name, zip_of

WIDE = {letter: letter + 0xFEE0 for letter in range(0x21, 0x7F)}  # full-width forms of ASCII


def named(attack, code, cases, instead=False):
    """One case for each (name of the case, function of the first image's id that gives a file's name, why)."""
    for name, spell, why in cases:
        yield Case(name, attack, REJECT, code, why, partial(added, spell=spell, instead=instead))


def added(pngs, spell, instead=False):
    """The honest zip, and a file of the first image's contents by another name, `instead` of it where it can."""
    image, png = next(iter(pngs.items()))
    name = spell(image)
    contents = b"" if name.endswith("/") else png
    instead = instead and name.replace("\\", "/").split("/")[-1] == f"{image}.png"
    honest = [File(f"{other}.png", png) for other, png in pngs.items() if not (instead and other == image)]
    return zip_of([*honest, File(name, contents, flags=UTF8)])


def with_name(pngs, raw_name, **changes):
    """The honest zip, with a file of any bytes as its name, beside the images."""
    return zip_of([*files_of(pngs), File(raw_name, b"x", STORED, **changes)])


LEADS_OUT = [
    ("parent-folder", lambda i: f"../{i}.png", "written beside the target"),
    ("parent-folder-inside", lambda i: f"maps/../../{i}.png", "leads out on the second step"),
    ("parent-folder-that-stays-inside", lambda i: f"maps/../{i}.png", "no honest program writes it"),
    ("parent-folder-by-backslash", lambda i: f"..\\{i}.png", "a separator on Windows"),
    ("parent-folder-mixed", lambda i: f"maps\\../..\\{i}.png", "both separators"),
    ("parent-folder-at-the-end", lambda _: "maps/..", "a name of nothing but steps"),
    ("folder-that-leads-out", lambda _: "../", "folders count as well"),
    ("parent-of-a-stranger", lambda _: "../../etc/cron.d/job", "a file of no image"),
]
ABSOLUTE = [
    ("absolute", lambda i: f"/{i}.png", "from the root"),
    ("absolute-twice", lambda i: f"//{i}.png", "a network name to some"),
    ("absolute-by-backslash", lambda i: f"\\{i}.png", "from the drive's root"),
    ("drive", lambda i: f"C:\\{i}.png", "a drive of Windows"),
    ("drive-with-slash", lambda i: f"c:/maps/{i}.png", "a drive of Windows"),
    ("drive-relative", lambda i: f"C:{i}.png", "relative to a drive's own folder"),
    ("network-share", lambda i: f"\\\\server\\share\\{i}.png", "a network name"),
    ("device-path", lambda i: f"\\\\?\\C:\\{i}.png", "a device path"),
    ("absolute-stranger", lambda _: "/etc/passwd", "a file of no image"),
    ("address", lambda i: f"file://host/{i}.png", "an address"),
    ("only-a-slash", lambda _: "/", "the root itself"),
]
DECEIVING = [
    ("nul", lambda i: f"{i}.png\0.txt", "readers in C see another name"),
    ("nul-before-the-ending", lambda i: f"x\0{i}.png", "readers in C see another name"),
    ("newline", lambda _: "a\nb.png", "a line of its own in a log"),
    ("escape", lambda _: "\x1b[2Ja.png", "a command to a terminal"),
    ("c1-control", lambda _: "\x9b2Ja.png", "a command to a terminal"),
    ("bidi-override", lambda _: "exe.\u202egnp.png", "reads backwards"),
    ("bidi-isolate", lambda _: "a\u2067b.png", "reads backwards"),
    ("no-name", lambda _: "", "a file without a name"),
    ("endless-name", lambda _: "n" * 65_531 + ".png", "no file system takes it"),
    ("endless-folders", lambda _: "d/" * 30_000 + "endless.png", "no file system takes it"),
]
DUPLICATES = [
    ("same-name-twice", lambda i: f"{i}.png", "first or last?"),
    ("same-image-in-a-folder", lambda i: f"maps/{i}.png", "folders do not count"),
    ("same-image-with-a-backslash", lambda i: f"maps\\{i}.png", "folders do not count"),
    ("same-image-other-ending", lambda i: f"{i}.PNG", "the ending's case does not count"),
    ("same-image-dot-folder", lambda i: f"./{i}.png", "the same file"),
    ("same-image-other-case", lambda i: f"{i.swapcase()}.png", "one file on Windows and macOS"),
    ("same-image-full-width", lambda i: f"{i.translate(WIDE)}.png", "one name once normalised"),
    ("same-image-compatible-letters", lambda i: f"maps/{i.upper().translate(WIDE)}.PNG", "case and form at once"),
]


def unreadable():
    attack = "name in a wrong code"
    raw = {
        "utf8-flag-on-latin-1": b"caf\xe9.txt",
        "utf8-surrogate": b"\xed\xa0\x80.txt",
        "utf8-overlong-slash": b"..\xc0\xafetc",
        "utf8-beyond-unicode": b"\xf5\x80\x80\x80",
        "utf8-cut-off": b"a\xe2\x82",
    }
    for name, raw_name in raw.items():
        why = "flagged as UTF-8, which it is not"
        yield Case(name, attack, REJECT, "bad_zip", why, lambda p, raw=raw_name: with_name(p, raw, flags=UTF8))
    attack, why = "second name", "readers that know the Unicode path field see another file"
    extra = second_name(b"../../etc/passwd", b"notes.txt")
    yield Case("second-name", attack, REJECT, "bad_zip", why, lambda p: with_name(p, b"notes.txt", extra=extra))
    local = {"extra": extra}
    yield Case(
        "second-name-in-local-header",
        attack,
        REJECT,
        "bad_zip",
        why,
        lambda p: with_name(p, b"notes.txt", local=local),
    )
    broken = second_name(b"\xff\xfe", b"\x80.txt")
    yield Case(
        "second-name-not-utf8", attack, REJECT, "bad_zip", why, lambda p: with_name(p, b"\x80.txt", extra=broken)
    )
    leads_out = second_name(b"../\xc3\xa9.txt", b"\x82.txt")
    yield Case(
        "second-name-leads-out",
        attack,
        REJECT,
        "unsafe_path",
        why,
        lambda p: with_name(p, b"\x82.txt", extra=leads_out),
    )


NAME_CASES = [
    *named("name leads out", "unsafe_path", LEADS_OUT, instead=True),
    *named("absolute name", "unsafe_path", ABSOLUTE, instead=True),
    *named("deceiving name", "unsafe_path", DECEIVING),
    *named("duplicate", "duplicate_id", DUPLICATES),
    *unreadable(),
]
