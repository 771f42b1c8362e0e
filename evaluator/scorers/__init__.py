"""The scorers by name. A new one is a new file and its line in SCORERS."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Protocol

from evaluator.png import PixelFormat
from evaluator.runs import Pixels, Runs
from evaluator.scorers import localization, scene_parsing, segmentation
from evaluator.scorers.labels import Counts, PerImage, Ratios
from evaluator.scorers.options import BadOption


class Scorer(Protocol):
    """A frozen dataclass whose fields are its options. Pure: nothing is read, nothing remembered.

    Counts of images are added as integers, so no order and no number of processes can change a score.
    """

    NAME: ClassVar[str]
    VERSION: ClassVar[str]  # names the meaning of the numbers; changes when any score would
    FORMAT: ClassVar[PixelFormat]  # of submission and ground truth alike
    SCORED: ClassVar[str]  # in a word, the pixels without which no score exists
    SPARSE: ClassVar[bool]  # whether the counts of one image are mostly 0

    @property
    def shape(self) -> tuple[int, int]:
        """Shape of the counts of any image, or of any number of images."""

    @property
    def resizes(self) -> bool:
        """Whether a map of another size than its image is taken."""

    def check(self, prediction: Pixels, file: str) -> None:
        """Refuse a prediction for its values; Rejected."""

    def truth_fault(self, truth: Pixels) -> str | None:
        """Say what is wrong with the values of a ground-truth picture, if anything is."""

    def count(self, prediction: Pixels, truth: Runs) -> Counts:
        """Count one image.

        Row 0 of a truth counted against itself adds up to its SCORED pixels.
        """

    def summarise(self, counts: Counts) -> dict[str, Any]:
        """Turn the sum over a split into JSON-safe scores; an undefined one is None."""

    def measure(self, sums: Counts) -> dict[str, Ratios]:
        """Measure many sums [sums, *shape] at once by the rules of summarise: the headline first.

        A number of a sum is [sums]; one per class or threshold is [sums, values]. NaN where undefined.
        """

    def truth_of(self, counts: PerImage) -> PerImage:
        """Return what depends on the ground truth alone in counts of images [images, *shape]."""


SCORERS: dict[str, type[Scorer]] = {
    "segmentation": segmentation.Segmentation,
    "scene-parsing": scene_parsing.SceneParsing,
    "localization": localization.Localization,
}


def make(name: str, options: Mapping[str, Any]) -> Scorer:
    """Make the scorer `name` with `options`, defaults for the rest; BadOption where they do not fit."""
    if name not in SCORERS:
        raise BadOption(f"no scorer is called {name!r}; there are {', '.join(SCORERS)}")
    known = options_of(SCORERS[name]())
    for key in options:
        if key not in known:
            raise BadOption(f"{name} has no option {key!r}; it has {', '.join(known)}")
    return SCORERS[name](**options)


def options_of(scorer: Scorer) -> dict[str, Any]:
    """Return all options of a scorer, JSON-safe."""
    return dict(vars(scorer))


def parse_options(settings: Iterable[str]) -> dict[str, Any]:
    """Read KEY=VALUE texts: true, false, none, whole numbers, anything else as text; BadOption."""
    options: dict[str, Any] = {}
    for setting in settings:
        key, equals, value = setting.partition("=")
        if not (key and equals) or key in options:
            raise BadOption(f"options are given once each, as KEY=VALUE, not {setting!r}")
        options[key] = _value(value)
    return options


def _value(text: str) -> bool | int | str | None:
    words = {"true": True, "false": False, "none": None}
    if text.lower() in words:
        return words[text.lower()]
    return int(text) if text.isascii() and text.isdigit() else text
