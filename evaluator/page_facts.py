"""What the submit page's script needs to check an archive as `inspection` does: its words, tables and limits."""

from __future__ import annotations

import unicodedata
from typing import Any

from evaluator import file_matching, inspection
from evaluator.contract import LONGEST_NAME, formats
from evaluator.file_names import OTHER_FORMATS
from evaluator.png import header, palettes
from evaluator.problem_texts import PHRASES, TEXTS
from evaluator.zip import archive, directory, layout


def to_json() -> dict[str, Any]:
    """Return all of it as JSON; bytes are text of the same code points."""
    return {
        "texts": {key: text._asdict() for key, text in TEXTS.items()},
        "phrases": PHRASES,
        "letters": [unicodedata.name(chr(code), "") for code in range(128)],
        "cp437": bytes(range(256)).decode("cp437"),
        "pixel_formats": {name: _pixel_format(one) for name, one in header.FORMATS.items()},
        "colours": header.COLOURS,
        "zip_methods": layout.METHODS,
        "other_formats": OTHER_FORMATS,
        "archives": [[magic.decode("latin-1"), kind] for magic, kind in formats.NO_ZIPS],
        "images": [[magic.decode("latin-1"), kind] for magic, kind in formats.IMAGES],
        "kinds": {
            "empty": formats.EMPTY_FILE,
            "tar": formats.TAR,
            "other": formats.OTHER_KIND,
            "webp": formats.WEBP,
        },
        "web_palette": {"at": palettes.WEB_AT, "colours": palettes.WEB.decode("latin-1")},
        "archive_fixes": {"split": formats.WHOLE_ZIP, "other": formats.ONE_ZIP},
        "limits": _limits(),
    }


def _pixel_format(one: header.PixelFormat) -> dict[str, Any]:
    return {"kinds": sorted(one.kinds), "expected": one.expected, "fix": one.fix}


def _limits() -> dict[str, int]:
    return {
        "longest_name": LONGEST_NAME,
        "names_per_warning": file_matching.NAMES_PER_WARNING,
        "longest_path": file_matching.MAX_PATH,
        "start_length": formats.START_LENGTH,
        "tail_length": formats.TAIL_LENGTH,
        "longest_comment": formats.MAX_COMMENT,
        "entry_bytes": directory.ENTRY_BYTES,
        "entries_per_image": inspection.ENTRIES_PER_IMAGE,
        "further_entries": inspection.FURTHER_ENTRIES,
        "newest_version": layout.NEWEST,
        "known_flags": layout.KNOWN_FLAGS,
        "start_read": archive.START_READ,
        "small_total": archive.SMALL_TOTAL,
        "most_ratio": archive.MAX_RATIO,
        "most_pixel_ratio": header.MAX_TOTAL_RATIO,
        "file_bytes_per_pixel": header.BYTES_PER_PIXEL,
        "further_file_bytes": header.FURTHER_BYTES,
    }
