"""Recognises files by their first bytes; the server asks it before it keeps an upload, the evaluator after."""

from __future__ import annotations

SPLIT_MARKERS = (b"PK\7\x08", b"PK00")  # at the start of a split zip, also where it became one part only
ZIP_STARTS = (b"PK\3\4", b"PK\5\6", *SPLIT_MARKERS)  # a first file, or the end of an empty zip
END_SIGNATURE = b"PK\5\6"
START_LENGTH = 512  # of a file, which tell its kind
END_LENGTH = 22
MAX_COMMENT = 0xFFFF
TAIL_LENGTH = 2 * MAX_COMMENT + END_LENGTH  # of a file, in which its end record is: comment and padding behind it
NO_ZIPS = (
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"\x1f\x8b", "a gzip file"),
    (b"BZh", "a bzip2 file"),
    (b"\xfd7zXZ", "an xz file"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard file"),
    (b"\x89PNG", "a single PNG"),
    *((marker, "one part of a split zip (zip -s)") for marker in SPLIT_MARKERS),
    (b"PK", "a zip without its end: it was cut off, or much follows it"),
    (b"<", "a web page"),
)
IMAGES = (
    (b"\xff\xd8\xff", "a JPEG"),
    (b"GIF8", "a GIF"),
    (b"BM", "a BMP"),
    (b"II*\0", "a TIFF"),
    (b"MM\0*", "a TIFF"),
    (b"\x93NUMPY", "a NumPy array"),
)
EMPTY_FILE, TAR, OTHER_KIND, WEBP = "an empty file", "a tar archive", "a file of another kind", "a WebP"
ONE_ZIP = "Put the PNG files into one plain .zip, for example: cd results && zip ../results.zip *.png"
WHOLE_ZIP = "Make one zip of all its parts: zip -s 0 results.zip --out whole.zip"


def looks_like_zip(start: bytes, tail: bytes) -> bool:
    """Tell whether the evaluator can say more of a file than its kind; `tail` are its last TAIL_LENGTH bytes."""
    return start.startswith(ZIP_STARTS) or END_SIGNATURE in tail


def archive_kind(start: bytes) -> str:
    """Name the kind of a file without an end record by its first START_LENGTH bytes."""
    if not start:
        return EMPTY_FILE
    if start[257:262] == b"ustar":
        return TAR
    return next((kind for magic, kind in NO_ZIPS if start.startswith(magic)), OTHER_KIND)


def archive_fix(start: bytes) -> str:
    """Return how to make a zip of such a file."""
    return WHOLE_ZIP if start.startswith(SPLIT_MARKERS) else ONE_ZIP


def image_kind(start: bytes) -> str:
    """Name the format of an image that is no PNG by its first bytes, or ""."""
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return WEBP
    return next((kind for magic, kind in IMAGES if start.startswith(magic)), "")
