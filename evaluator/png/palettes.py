"""Decides whether the index of each colour is its label in the palette maps of an archive; see docs/security.md.

Tools that save a palette anew number the colours of the map 0, 1, 2, … in an order of their own. That shows where
the colours tell other labels than their indices, or where two maps of an archive disagree.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import product
from typing import NamedTuple

import numpy as np

from evaluator.contract import Rejected, ValidationIssue, shown
from evaluator.kernels import compiled
from evaluator.png.decode import Decoded
from evaluator.problem_texts import LABELS_AS_INDICES, SAVE_AS_GREY, rejected_for
from evaluator.rle import Rle

MOST_GREYS = 8  # levels of a grey map that may come from a palette's colours

INDICES = "Image.fromarray(np.asarray(Image.open(name))).save(name) where its indices are the labels"
LEVELS = 'Image.open(name).convert("L").save(name) where its grey levels are the labels'
FIX = f"{SAVE_AS_GREY} From this file: {INDICES}. Run no optimiser afterwards."
FIX_GREY = f"{SAVE_AS_GREY} From this file: {LEVELS}, {INDICES}. Run no optimiser afterwards."


def _voc_colour(label: int) -> bytes:
    """Return the colour of a label in the table of PASCAL VOC: its bits dealt to red, green and blue in turn."""
    bits = [[label >> (3 * place + channel) & 1 for place in range(3)] for channel in range(3)]
    return bytes(high << 7 | middle << 6 | low << 5 for high, middle, low in bits)


GREY = tuple(bytes([level] * 3) for level in range(256))
VOC = tuple(map(_voc_colour, range(256)))
TABLES = {"greys": GREY, "colours of PASCAL VOC": VOC}  # in which a colour tells its label
WEB = b"".join(bytes([red, green, blue]) for blue, green, red in product(range(0, 256, 51), repeat=3))
WEB_AT = 3 * 10  # where Pillow's convert("P") puts these colours


class Colours(NamedTuple):
    """The colours of a palette by index, and which of them stand once only, so that they can tell a label."""

    by_index: tuple[bytes, ...]
    single: frozenset[int]
    moved_greys: frozenset[int]  # beside other colours: a tool may save a map of these, and of black, as grey


class ColourIndex(NamedTuple):
    """Where a colour stands: its index, and in which file."""

    at: int
    colour: bytes
    file: str


class Palettes:
    """What the palettes of an archive tell together. Maps are added one by one; processes are merged in order.

    `labels` is the number of labels. Grey maps are only looked at `beside_palettes`, since that takes time.
    """

    def __init__(self, labels: int, *, beside_palettes: bool) -> None:
        self._labels, self._beside_palettes = labels, beside_palettes
        self._maps = 0
        self._by_index: dict[int, ColourIndex] = {}
        self._by_colour: dict[bytes, ColourIndex] = {}
        self._clash: ValidationIssue | None = None
        self._made_for_all = False  # whether a palette has more than the colours of its own map
        self._own_colours_only = ""  # the first file whose palette has not
        self._greys: set[int] = {0}
        self._grey_maps: dict[frozenset[int], str] = {}

    def add(self, decoded: Decoded, file: str) -> None:
        """Add a map. Raises Rejected (ambiguous_palette) where its own palette leaves its labels unclear."""
        self._maps += 1
        if decoded.palette:
            self._add_palette(decoded, file)
        elif self._beside_palettes:
            levels = frozenset(_used(decoded))
            if levels != {0} and len(levels) <= MOST_GREYS:
                self._grey_maps.setdefault(levels, file)

    def merge(self, later: Palettes) -> None:
        """Add the maps that were added to `later`."""
        self._maps += later._maps
        for entry in later._by_index.values():
            self._note(entry, single=entry.colour in later._by_colour)
        self._clash = self._clash or later._clash
        self._made_for_all |= later._made_for_all
        self._own_colours_only = self._own_colours_only or later._own_colours_only
        self._greys |= later._greys
        for levels, file in later._grey_maps.items():
            self._grey_maps.setdefault(levels, file)

    def problems(self) -> Iterator[ValidationIssue]:
        """Yield what only the maps together show."""
        if self._clash:
            yield self._clash
        elif self._in_doubt and self._maps > 1:
            found = "a palette of this map's colours only, in an order that may not be that of their labels"
            yield _issue(self._own_colours_only, found)
        for levels, file in self._grey_maps.items():
            if levels <= self._greys:
                found = f"a grey map of {_listed(levels)}, which are greys in the palettes of other maps"
                yield _issue(file, found)

    def warnings(self) -> Iterator[str]:
        """Yield what is taken on trust: the palette of a map that there is nothing to compare with."""
        if self._in_doubt and self._maps == 1:
            found = "its indices were read as labels, although a tool may have sorted its palette."
            yield f"{shown(self._own_colours_only)}: {found} {SAVE_AS_GREY}"

    @property
    def _in_doubt(self) -> bool:
        return bool(self._own_colours_only) and not self._made_for_all

    def _add_palette(self, decoded: Decoded, file: str) -> None:
        colours = _colours(decoded.palette)
        self._greys |= colours.moved_greys
        _reject_unlabelled(decoded, len(colours.by_index), file)
        if any(colours.by_index == table[: len(colours.by_index)] for table in TABLES.values()):
            return  # most palettes: their pixels need not be looked at
        used = _used(decoded)
        entries = [
            ColourIndex(index, colours.by_index[index], file) for index in used if index < len(colours.by_index)
        ]
        telling = [entry for entry in entries if entry.at in colours.single]
        if any(_in_order(telling, table) for table in TABLES.values()):
            return
        _reject_moved(colours.by_index, file)
        for entry in entries:
            self._note(entry, single=entry.at in colours.single)
        if _made_for_all(colours.by_index, used) or len(used) >= self._labels:
            self._made_for_all = True
        else:
            self._own_colours_only = self._own_colours_only or file

    def _note(self, entry: ColourIndex, *, single: bool) -> None:
        """Note where a colour stands; the first that stands elsewhere in another map is a clash."""
        before = self._by_index.setdefault(entry.at, entry)
        if single and before.colour == entry.colour:
            before = self._by_colour.setdefault(entry.colour, entry)
        if not self._clash and before[:2] != entry[:2]:
            others = f"{before.file} has {_rgb(before)} at index {before.at}"
            self._clash = _issue(entry.file, f"a palette with {_rgb(entry)} at index {entry.at}, while {others}")


@lru_cache(maxsize=64)
def _colours(palette: bytes) -> Colours:
    colours = tuple(palette[at : at + 3] for at in range(0, len(palette), 3))
    number = Counter(colours)
    moved = [colour[0] for index, colour in enumerate(colours) if _is_grey(colour) and colour[0] != index]
    return Colours(
        colours,
        frozenset(index for index, colour in enumerate(colours) if number[colour] == 1),
        frozenset(() if all(map(_is_grey, colours)) else moved),
    )


def _used(decoded: Decoded) -> list[int]:
    """Return the values that occur in a map, in order."""
    pixels = decoded.pixels
    if compiled.kernels is None:
        counts = np.bincount(pixels.ravel(), minlength=256)
    else:  # ten times as fast
        counts = compiled.kernels.count_labels(pixels, Rle.blank(*pixels.shape), None)[2]
    return [int(value) for value in np.flatnonzero(counts)]


def _made_for_all(colours: Sequence[bytes], used: Sequence[int]) -> bool:
    """Tell whether a palette has more than the colours of its map, so that no tool made it from them.

    Such a tool leaves no index out and gives no colour twice; it may fill the palette up with black or white.
    """
    stand = {colours[index] for index in used if index < len(colours)}
    gaps_or_repeats = used[-1] >= len(stand)
    return gaps_or_repeats or not all(_is_grey(colour) for colour in colours if colour not in stand)


def _in_order(entries: Iterable[ColourIndex], table: Sequence[bytes]) -> bool:
    return all(entry.colour == table[entry.at] for entry in entries)


def _reject_unlabelled(decoded: Decoded, colours: int, file: str) -> None:
    """Raises Rejected for indices that are no labels in any order."""
    if decoded.palette[WEB_AT : WEB_AT + len(WEB)] == WEB:
        raise rejected_for("web_palette", file)
    if decoded.depth < 8 and int(decoded.pixels.max()) >= colours:
        found = f"{decoded.depth} bit per pixel, which cut off larger labels, and an index beyond the palette"
        raise Rejected([_issue(file, found, SAVE_AS_GREY)])


def _reject_moved(colours: Sequence[bytes], file: str) -> None:
    """Raises Rejected where all colours tell labels, which are not their indices."""
    for words, table in TABLES.items():
        if set(colours) <= set(table):
            found = f"a palette with {words} at other indices than their labels"
            raise Rejected([_issue(file, found, FIX_GREY if table is GREY else FIX)])


def _is_grey(colour: bytes) -> bool:
    return colour[0] == colour[1] == colour[2]


def _issue(file: str, found: str, fix: str = FIX) -> ValidationIssue:
    return ValidationIssue("ambiguous_palette", file, found, LABELS_AS_INDICES, fix)


def _rgb(entry: ColourIndex) -> str:
    return f"rgb({', '.join(map(str, entry.colour))})"


def _listed(levels: Iterable[int]) -> str:
    return ", ".join(map(str, sorted(levels)))
