"""What is said of an archive whose zip, names or PNG headers are wrong: one table, which the page reads too.

A gap is filled as `str.format` does; the page knows only {gap} and {gap:,}.
"""

from __future__ import annotations

from typing import NamedTuple

from evaluator.contract import Rejected, ValidationIssue
from evaluator.contract.formats import WHOLE_ZIP

ZIP_AGAIN = "Make the zip again and test it with `unzip -t` before you send it."
AS_PNG = "Save each map as PNG: other formats are not read, and JPEG changes labels and grey levels."
ONE_MAP_EACH = "one PNG for every image of the split"
PLAIN_PNG = "Save one plain 8-bit PNG per image"
LABELS_AS_INDICES = "a palette in which the index of each colour is its label, or no palette"
SAVE_AS_GREY = "Save the labels as grey: Image.fromarray(labels.astype(np.uint8)).save(name)."


class Text(NamedTuple):
    """A problem in words, with gaps."""

    code: str
    found: str
    expected: str
    fix: str


def _zip(found: str, fix: str = ZIP_AGAIN) -> Text:
    return Text("bad_zip", found, "one zip of PNG files", fix)


def _file(how: str) -> Text:
    return Text("bad_zip", f"a damaged file: {how}", "a whole file", ZIP_AGAIN)


def _unsafe(found: str) -> Text:
    fix = "Zip the PNG files from inside their folder: cd results && zip ../results.zip *.png"
    return Text("unsafe_path", found, "a plain name such as results/a.png", fix)


def _empty(found: str, fix: str = "Put the PNG files into one zip, at its root or in a folder.") -> Text:
    return Text("empty_archive", found, "one PNG per image", fix)


def _missing(found: str, fix: str) -> Text:
    return Text("missing_file", found, ONE_MAP_EACH, fix)


def _png(found: str, fix: str = "Open the file in an image viewer, then save and zip it again.") -> Text:
    return Text("not_an_image", found, "a whole PNG file", fix)


ZIPS = {
    "other_kind": _zip("{kind}", "{fix}"),
    "split_zip": _zip("one part of a split zip (zip -s)", WHOLE_ZIP),
    "surplus": _zip(
        "a zip with {surplus:,} byte(s) of something else before or in it: its directory is not where its end says"
    ),
    "part_missing": _zip("a zip with a part missing: its directory is not where its end says"),
    "in_front": _zip("a zip with other bytes in front of its first file"),
    "two_ends": _zip("a zip with two ends: another one is hidden in its comment"),
    "cut_off": _zip("a zip that does not end where it says: it is cut off"),
    "behind_end": _zip(
        "a zip with {surplus:,} byte(s) of something else behind its end",
        "Write the zip to a file, with no program in between that adds to it: zip -r results.zip results",
    ),
    "zip64_end": _zip("a zip whose zip64 end record is damaged"),
    "ends_contradict": _zip("a zip whose two end records, plain and zip64, contradict each other"),
    "directory_damaged": _zip("a zip whose directory is damaged after {done:,} file(s)"),
    "directory_cut_off": _zip("a zip whose directory is cut off in its file {done:,}"),
    "other_count": _zip("a zip that says it lists {said} file(s), and lists {count:,}"),
    "too_many_files": Text(
        "too_large",
        "{count:,} file(s), listed in {size:,} bytes",
        "at most {most:,} files in a directory of {most_bytes:,} bytes",
        "Zip the PNG files of this split only.",
    ),
    "unpacks_too_large": Text(
        "too_large",
        "{size:,} bytes when unpacked",
        "at most {most:,} bytes",
        f"{PLAIN_PNG}, and leave other files out.",
    ),
}
MEMBERS = {
    "extra_fields": _file("its extra fields are broken"),
    "zip64_field": _file("its zip64 field does not fit its header"),
    "not_utf8": _file("its name is not the UTF-8 that it says it is"),
    "second_name": _file("it has a second name, {name}"),
    "other_part": _file("it lies in another part of a split zip"),
    "no_such_zip": _file("it asks for a kind of zip that does not exist"),
    "full_folder": _file("it is a folder, but has contents"),
    "two_sizes": _file("it is not compressed, but has two sizes"),
    "not_there": _file("it overlaps another file, or is not where the directory says"),
    "overlaps": _file("it overlaps another file"),
    "stray_bytes": _file("{rest:,} byte(s) that belong to no file follow it"),
    "own_name": _file("its own header has another name than the directory"),
    "own_flags": _file("its own header has another method or other flags than the directory"),
    "own_sizes": _file("its own header has another size or checksum than the directory"),
    "descriptor": _file("what follows it has another size or checksum than the directory"),
    "data_cut_off": _file("its compressed data is cut off"),
    "data_broken": _file("its compressed data is broken"),
    "other_length": _file("its compressed data is broken, or of another length than the zip's directory says"),
    "other_contents": _file("its contents differ from what the zip's directory says"),
    "encrypted": Text(
        "encrypted", "protected by a password", "a file anyone can read", "Make the zip again without a password."
    ),
    "other_method": Text(
        "unsupported_compression",
        "compressed by {method}",
        "deflate or stored",
        "Make the zip again with the method Deflate, the default of nearly every program.",
    ),
    "special_file": Text(
        "unsafe_path",
        "a link, device or other special file",
        "a plain file",
        "Zip the files themselves: without the option -y of zip, or --symlinks of other programs.",
    ),
    "member_too_large": Text(
        "too_large", "{size:,} bytes", "at most {most:,} bytes", f"{PLAIN_PNG}, of the image's size."
    ),
}
NAMES = {
    "climbs": _unsafe("a name that leads out of the archive by '..'"),
    "absolute": _unsafe("an absolute name"),
    "nameless": _unsafe("a file without a name"),
    "address": _unsafe("an address, not a file's name"),
    "control": _unsafe("a name with control characters"),
    "long_name": _unsafe("a name of {length:,} characters"),
    "no_file": _empty("no file at all"),
    "other_formats": _empty("no PNG among {count} file(s): {alike} {kind}, the first is {name}", AS_PNG),
    "no_png": _empty("no PNG among {count} file(s), the first is {name}"),
    "zip_inside": _empty(
        "no PNG among {count} file(s), the first is {name}", "This is a zip inside a zip: send the inner one."
    ),
    "other_split": _missing(
        "{most} of {count} PNG file(s) have names of {titles}, and none of this split",
        "Submit this archive to {titles}, or the maps of this split here.",
    ),
    "twice": Text(
        "duplicate_id",
        "{files}",
        "one file for this image",
        "Leave one of them out: folders do not count, only the file's own name.",
    ),
    "twice_alike": Text(
        "duplicate_id",
        "{files}; they differ by {how}",
        "one file for this image",
        "Leave one of them out: both mean the image {image}.",
    ),
    "missing": _missing(
        "no file of this name among {count} PNG file(s)", "Add this map to the archive, in any folder."
    ),
    "missing_all": _missing(
        "no file of this name among {count} PNG file(s)",
        "Name each file by its image's id: {id}.png, not {name}.png{hint}.",
    ),
    "unclear": _missing("only {name}, which may mean {ids}", "Name each file exactly by its image's id."),
    "other_format": _missing("only a file of {kind} format, such as {name}", AS_PNG),
    "looks_alike": _missing(
        "only a file whose name looks like it, such as {name}.png, which differs by {how}",
        "Rename such files to their images' ids, as the split's manifest has them.",
    ),
}
PNGS = {
    "empty_file": _png("an empty file"),
    "no_png_file": _png(
        "{kind}, whatever its name says",
        "Save the map itself as PNG: a new name changes no format, and JPEG changes labels and grey levels.",
    ),
    "no_header": _png("a PNG without its header"),
    "damaged_header": _png("a PNG whose header is damaged"),
    "impossible_header": _png("a PNG with an impossible header"),
    "damaged_png": _png("{damage}"),
    "other_mode": Text("bad_mode", "{colours}, {depth} bit", "{expected}", "{fix}"),
    "other_size": Text(
        "size_mismatch",
        "{width} wide, {height} high",
        "{own_width} wide, {own_height} high",
        "Bring the map to its image's size, label maps by nearest neighbour, and save it again.",
    ),
    "swapped": Text(
        "size_mismatch",
        "{width} wide, {height} high",
        "{own_width} wide, {own_height} high",
        "Width and height are swapped: save the array as [height, width], and read photographs without applying "
        "their EXIF orientation.",
    ),
    "map_too_large": Text(
        "too_large",
        "{width} wide, {height} high",
        "at most {most:,} pixels and {most_a_side:,} a side",
        "Save the map in its image's size.",
    ),
    "web_palette": Text(
        "ambiguous_palette",
        'the colours of Pillow\'s convert("P"), whose indices are no labels',
        LABELS_AS_INDICES,
        SAVE_AS_GREY,
    ),
    "maps_too_large": Text(
        "too_large",
        "maps of {pixels:,} pixels in all",
        "at most {most:,} pixels in all",
        "Save each map in its image's size: scoring brings it there anyway.",
    ),
}
TEXTS = {**ZIPS, **MEMBERS, **NAMES, **PNGS}
PHRASES = {
    "no_known_kind": "not a PNG file",
    "another": "another",
    "other_method": "method {method}",
    "more_files": "{files} and {more} more",
    "first_difference": " (the first difference is {difference})",
    "decomposed": "decomposed letters, as macOS writes them",
    "composed": "composed letters",
    "case": "upper and lower case",
    "code_page": "a code page that the zip does not name",
    "too_much": "{letter} too much",
    "lacking": "{letter} missing",
    "instead": "{letter} for {wanted}",
    "renamed_one": "1 file was taken although the name differs: {names}",
    "renamed": "{count} files were taken although the name differs: {names}",
    "stranger": "1 file belongs to no image of this split and was ignored: {names}",
    "strangers": "{count} files belong to no image of this split and were ignored: {names}",
}


def problem(key: str, file: str = "", /, **gaps: object) -> ValidationIssue:
    """Return the problem `key` of TEXTS, of this file or the archive as a whole."""
    code, *parts = TEXTS[key]
    return ValidationIssue(code, file, *(part.format(**gaps) for part in parts))


def rejected_for(key: str, file: str = "", /, **gaps: object) -> Rejected:
    """Return the rejection for this one problem."""
    return Rejected([problem(key, file, **gaps)])


def phrase(key: str, /, **gaps: object) -> str:
    """Return a part of a sentence, or a warning."""
    return PHRASES[key].format(**gaps)
