"""What a file's name tells: the image that it means, its format, and in what two names differ that look alike."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable

from evaluator.problem_texts import phrase

# What Windows writes without saying so; Western, Central European and Cyrillic, Japanese, Chinese, Korean.
CODE_PAGES = ("cp850", "cp1252", "cp852", "cp866", "cp1251", "cp932", "gbk", "big5", "cp949")
VARIATION_SELECTORS = range(0xFE00, 0xFE10)
CYRILLIC_AND_GREEK = "аеорсухіјѕԁһԛԝАВЕКМНОРСТУХІЈЅαονρυικΑΒΕΖΗΙΚΜΝΟΡΤΥΧ"
AS_LATIN = "aeopcyxijsdhqwABEKMHOPCTYXIJSaovpuikABEZHIKMNOPTYX"
SEPARATORS = " _-.\u2010\u2011\u2012\u2013\u2014\u2212"
ALIKE = str.maketrans(CYRILLIC_AND_GREEK, AS_LATIN, SEPARATORS)
OTHER_FORMATS = {  # than PNG; the one list for submissions and ground truth
    "JPEG": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "JPEG 2000": (".jp2",),
    "TIFF": (".tif", ".tiff"),
    "NumPy": (".npy", ".npz"),
    "BMP": (".bmp",),
    "GIF": (".gif",),
    "WebP": (".webp",),
    "Netpbm": (".pbm", ".pgm", ".ppm"),
    "TGA": (".tga",),
    "MATLAB": (".mat",),
}


def other_format(name: str) -> str:
    """Return the format that a file's name ends with, where maps are often saved so, or ""."""
    return next((kind for kind, suffixes in OTHER_FORMATS.items() if name.lower().endswith(suffixes)), "")


def composed(name: str) -> str:
    """Return a name in the form that ids have: NFC, where macOS writes NFD."""
    return unicodedata.normalize("NFC", name)


def _compatible(name: str) -> str:
    return unicodedata.normalize("NFKC", name)


def _caseless(name: str) -> str:
    return _compatible(_compatible(name).casefold())


def _visible(name: str) -> str:
    letters = (letter for letter in _caseless(name) if letter.isprintable())
    return "".join(letter for letter in letters if ord(letter) not in VARIATION_SELECTORS).strip()


def look_of(name: str) -> str:
    """Return what a reader sees of a name at a glance: equal for names that are easily taken for one another."""
    letters = unicodedata.normalize("NFKD", _visible(name.translate(ALIKE)))
    return "".join(letter for letter in letters if not unicodedata.combining(letter)).translate(ALIKE)


LEVELS: tuple[Callable[[str], str], ...] = (str, composed, _compatible, _caseless, _visible)


def ids_meant(names: Iterable[str], ids: Collection[str]) -> dict[str, list[str]]:
    """Return the ids that each name may mean, by the strictest level at which there are any; strict levels first.

    The levels: the same; the same letters, composed or decomposed; also compatible letters; also in another case;
    also invisible characters. A name of no id may still be one in a code page that its zip does not tell.
    """
    left = list(names)
    meant: dict[str, list[str]] = {}
    for level in LEVELS:
        index = _by(level, ids) if left else {}
        meant |= {name: index[level(name)] for name in left if level(name) in index}
        left = [name for name in left if name not in meant]
    index = _by(composed, ids) if any(not name.isascii() for name in left) else {}
    for name in left if index else ():
        if spelt := {id_ for spelling in _spellings(name) for id_ in index.get(composed(spelling), ())}:
            meant[name] = sorted(spelt)
    return meant


def difference(name: str, wanted: str) -> str:
    """Say in what a name differs from the wanted one, although they may look the same; "" where they are."""
    if name == wanted:
        return ""
    if composed(name) == composed(wanted):
        return phrase("decomposed" if composed(name) != name else "composed")
    if _caseless(name) == _caseless(wanted) and _compatible(name) != _compatible(wanted):
        return phrase("case")
    if composed(wanted) in map(composed, _spellings(name)):
        return phrase("code_page")
    return _first_difference(composed(name), composed(wanted))


def _first_difference(name: str, wanted: str) -> str:
    """Name the first two characters that differ, or the one that only one of the names has."""
    index = next((i for i, pair in enumerate(zip(name, wanted)) if pair[0] != pair[1]), None)
    index = min(len(name), len(wanted)) if index is None else index
    rest, wanted_rest = name[index:], wanted[index:]
    if rest[1:] == wanted_rest or not wanted_rest:
        return phrase("too_much", letter=_named(rest[0]))
    if wanted_rest[1:] == rest or not rest:
        return phrase("lacking", letter=_named(wanted_rest[0]))
    return phrase("instead", letter=_named(rest[0]), wanted=_named(wanted_rest[0]))


def _named(letter: str) -> str:
    return f"U+{ord(letter):04X} {unicodedata.name(letter, 'control character')}"


def _by(level: Callable[[str], str], ids: Collection[str]) -> dict[str, list[str]]:
    index = defaultdict(list)
    for id_ in ids:
        index[level(id_)].append(id_)
    return index


def _spellings(name: str) -> Iterable[str]:
    """Yield what the bytes of a name that was read as CP437 say in other code pages."""
    try:
        raw = name.encode("cp437")
    except UnicodeEncodeError:
        return
    for code_page in CODE_PAGES:
        try:
            yield raw.decode(code_page)
        except UnicodeDecodeError:
            continue
