"""The scorers by name. A new scorer is a new file in this folder and a line in SCORERS."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Protocol

from evaluator.png.header import PixelFormat
from evaluator.rle import Pixels, Rle
from evaluator.scorers import localization, scene_parsing, segmentation
from evaluator.scorers.labels import Counts, PerImage, Ratios
from evaluator.scorers.validation import InvalidOption, InvalidTarget

__all__ = ["SCORERS", "InvalidOption", "InvalidTarget", "Scorer", "make", "options_of", "parse_options"]


class Scorer(Protocol):
    """A frozen dataclass whose fields are its options. Its methods are pure functions.

    Counts of images are added as integers, so neither the order nor the number of processes can change a score.
    """

    NAME: ClassVar[str]
    VERSION: ClassVar[str]  # of the meaning of the numbers; changes when any score would
    FORMAT: ClassVar[PixelFormat]  # of submissions and of ground truth
    SCORED: ClassVar[str]  # an adjective for the pixels without which no score exists
    SPARSE: ClassVar[bool]  # whether the counts of one image are mostly 0

    @property
    def shape(self) -> tuple[int, int]:
        """Shape of the counts of any image, or of any number of images."""

    @property
    def resizes(self) -> bool:
        """Whether a map of another size than its image is accepted, and resized."""

    def validate_prediction(self, prediction: Pixels, file: str) -> None:
        """Raises Rejected for a value that no prediction may have."""

    def validate_target(self, target: Pixels) -> None:
        """Raises InvalidTarget for a value that no ground-truth map may have."""

    def count(self, prediction: Pixels, target: Rle) -> Counts:
        """Count one image.

        Row 0 of a target counted against itself adds up to its SCORED pixels.
        """

    def compute(self, counts: Counts) -> dict[str, Any]:
        """Compute JSON-safe scores of the sum over a split; an undefined value is None."""

    def compute_batch(self, sums: Counts) -> dict[str, Ratios]:
        """Compute the scores of many sums [sums, *shape] at once, the headline first.

        A metric is [sums]; one with a value per class or threshold is [sums, values]. NaN where undefined.
        """

    def target_counts(self, counts: PerImage) -> PerImage:
        """Return the part of per-image counts [images, *shape] that depends on the ground truth alone."""


SCORERS: dict[str, type[Scorer]] = {
    "segmentation": segmentation.Segmentation,
    "scene-parsing": scene_parsing.SceneParsing,
    "localization": localization.Localization,
}


def make(name: str, options: Mapping[str, Any]) -> Scorer:
    """Make the scorer `name` with `options`, and defaults for the rest. Raises InvalidOption."""
    if name not in SCORERS:
        raise InvalidOption(f"no scorer is called {name!r}; there are {', '.join(SCORERS)}")
    known = options_of(SCORERS[name]())
    for key in options:
        if key not in known:
            raise InvalidOption(f"{name} has no option {key!r}; it has {', '.join(known)}")
    return SCORERS[name](**options)


def options_of(scorer: Scorer) -> dict[str, Any]:
    """Return all options of a scorer, JSON-safe."""
    return dict(vars(scorer))


def parse_options(settings: Iterable[str]) -> dict[str, Any]:
    """Parse KEY=VALUE texts: true, false, none, whole numbers, anything else as text. Raises InvalidOption."""
    options: dict[str, Any] = {}
    for setting in settings:
        key, equals, value = setting.partition("=")
        if not (key and equals) or key in options:
            raise InvalidOption(f"options are given once each, as KEY=VALUE, not {setting!r}")
        options[key] = _value(value)
    return options


def _value(text: str) -> bool | int | str | None:
    words = {"true": True, "false": False, "none": None}
    if text.lower() in words:
        return words[text.lower()]
    return int(text) if text.isascii() and text.isdigit() else text
