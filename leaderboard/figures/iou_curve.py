"""Layout of the IoU-Threshold figure: coordinates of curves, bands, ticks and labels. A template draws it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import ceil
from typing import NamedTuple

from leaderboard.figures.label_layout import LINE_HEIGHT, Box, any_overlap, shortened, spread, text_width
from server.tracks.metrics import percent

THRESHOLDS = 256
COLOURS = 8  # series-1 … series-8 in the style sheet; curves that share one differ in their dashes
DASHES = 4
TICK_STEPS = (1, 2, 5, 10, 20, 50)  # in thresholds or percent
LABEL_OFFSET = 38  # right of the plot
NAME_WIDTH = 200
VALUE_WIDTH = 96


class Point(NamedTuple):
    x: float
    y: float


class Tick(NamedTuple):
    at: float
    text: str
    minor: bool


class Band(NamedTuple):
    """The pointwise 95 % interval of a curve: 256 fractions each."""

    low: Sequence[float]
    high: Sequence[float]


class Curve(NamedTuple):
    """The curve of one evaluation. `palette_index` gives colour and dash; where it is None, the order does."""

    key: str
    label: str
    values: Sequence[float]
    peak_threshold: int
    palette_index: int | None = None
    band: Band | None = None

    @property
    def style(self) -> tuple[int, int]:
        """Its colour and dash, both from 1."""
        return style_of(self.palette_index or 0)


def style_of(palette_index: int) -> tuple[int, int]:
    """Colour and dash, both from 1; they repeat after 32 indexes."""
    return palette_index % COLOURS + 1, palette_index // COLOURS % DASHES + 1


class Window(NamedTuple):
    """The part of the plane that is drawn: thresholds, and percent of IoU; `high` None: as high as the curves."""

    first: int = 0
    last: int = THRESHOLDS - 1
    low: int = 0
    high: int | None = None


WHOLE = Window()


@dataclass(frozen=True)
class Series:
    """One curve in the figure, by its numbers as printed: percent, two decimals."""

    key: str
    label: str
    colour: int
    dash: int
    printed: Sequence[str]
    points: Sequence[Point]
    peak: Point
    peak_threshold: int
    peak_visible: bool
    low: Sequence[str] = ()
    high: Sequence[str] = ()
    band: Sequence[Point] = ()
    label_y: float | None = None
    leader_y: float = 0

    @property
    def peak_iou(self) -> str:
        return self.printed[self.peak_threshold]

    @property
    def peak_text(self) -> str:
        return f"{self.peak_iou} at {self.peak_threshold}"

    def interval(self, threshold: int) -> str:
        return f"{self.low[threshold]}–{self.high[threshold]}" if self.low else "–"

    @property
    def short_label(self) -> str:
        return shortened(self.label, NAME_WIDTH)

    @property
    def polyline(self) -> str:
        return _pairs(self.points)

    @property
    def polygon(self) -> str:
        return _pairs(self.band)


@dataclass(frozen=True)
class Figure:
    """The figure in viewBox units; the labels are right of it, where the page has room."""

    highest: float  # the IoU at the upper edge, a fraction
    window: Window = WHOLE
    width: int = 960
    height: int = 486
    left: int = 56
    right: int = 944
    top: int = 16
    bottom: int = 436
    series: Sequence[Series] = ()

    def x(self, threshold: float) -> float:
        share = (threshold - self.window.first) / (self.window.last - self.window.first)
        return round(self.left + share * (self.right - self.left), 2)

    def y(self, iou: float) -> float:
        lowest = self.window.low / 100
        return round(self.bottom - (iou - lowest) / (self.highest - lowest) * (self.bottom - self.top), 2)

    @property
    def high(self) -> int:
        """The upper edge in percent."""
        return round(self.highest * 100)

    @property
    def x_ticks(self) -> list[Tick]:
        whole = (self.window.first, self.window.last) == (WHOLE.first, WHOLE.last)
        thresholds = (*range(0, 255, 32), 255) if whole else _round_numbers(self.window.first, self.window.last)
        return [Tick(self.x(at), str(at), minor=number % 2 == 1) for number, at in enumerate(thresholds)]

    @property
    def y_ticks(self) -> list[Tick]:
        percents = _round_numbers(self.window.low, self.high)
        return [Tick(self.y(at / 100), str(at), minor=number % 2 == 1) for number, at in enumerate(percents)]

    @property
    def clipped(self) -> bool:
        """Whether a curve or band may lie beyond the edges."""
        return self.window != WHOLE

    @property
    def labelled(self) -> bool:
        """Whether each curve has its name beside it; otherwise every page shows the legend."""
        return all(series.label_y is not None for series in self.series)

    @property
    def back_to_front(self) -> list[Series]:
        """The order to paint them in: the first is on top."""
        return list(reversed(self.series))

    @property
    def has_bands(self) -> bool:
        return any(series.band for series in self.series)

    @property
    def plot_width(self) -> int:
        return self.right - self.left

    @property
    def plot_height(self) -> int:
        return self.bottom - self.top

    @property
    def values_x(self) -> float:
        """The right edge of the values beside the labels."""
        names = max(text_width(series.short_label) for series in self.series)
        return self.right + LABEL_OFFSET + names + VALUE_WIDTH

    @cached_property
    def peaks(self) -> list[tuple[str, Point]]:
        """The text of each peak and its position above the mark; none unless all have room."""
        visible = [series for series in self.series if series.peak_visible]
        texts = [(series.peak_text, self._above(series)) for series in visible]
        title = Box(self.left, self.top - 22, self.left + 60, self.top - 4)
        boxes = [title, *(_box(at, text) for text, at in texts)]
        marks = [Box(x - 7, y - 7, x + 7, y + 7) for x, y in (series.peak for series in visible)]
        overlap = any_overlap(boxes) or any(box.overlaps(mark) for box in boxes for mark in marks)
        return [] if overlap else texts

    def _above(self, series: Series) -> Point:
        half = text_width(series.peak_text) / 2
        return Point(min(max(series.peak.x, self.left + half + 4), self.right - half), series.peak.y - 13)


def figure(curves: Sequence[Curve], window: Window = WHOLE) -> Figure:
    """Lay out at least one curve, the top one first; `figures/iou_curve.html` draws the result.

    A curve without a palette index takes its number in this order.
    """
    frame = Figure(highest=_highest(curves, window), window=window)
    series = [
        _series(frame, curve if curve.palette_index is not None else curve._replace(palette_index=number))
        for number, curve in enumerate(curves)
    ]
    ends = [min(max(each.points[-1].y, frame.top), frame.bottom) for each in series]
    heights = spread(ends, frame.top, frame.bottom) or [None] * len(series)
    labelled = [replace(one, label_y=y, leader_y=end) for one, y, end in zip(series, heights, ends, strict=True)]
    return replace(frame, series=labelled)


def _highest(curves: Sequence[Curve], window: Window) -> float:
    if window.high is not None:
        return window.high / 100
    highest = max(max(curve.band.high if curve.band else curve.values) for curve in curves)
    return max(ceil(max(highest, window.low / 100) * 10), window.low // 10 + 1) / 10


def _series(frame: Figure, curve: Curve) -> Series:
    """Drawn from the printed numbers, so that a figure reveals no more of a score than the board does."""
    colour, dash = curve.style
    printed = [percent(iou) for iou in curve.values]
    low, high = ([percent(iou) for iou in edge] for edge in curve.band or ((), ()))
    peak = Point(frame.x(curve.peak_threshold), _height(frame, printed[curve.peak_threshold]))
    return Series(
        key=curve.key,
        label=curve.label,
        colour=colour,
        dash=dash,
        printed=printed,
        points=_points(frame, printed),
        peak=peak,
        peak_threshold=curve.peak_threshold,
        peak_visible=frame.left <= peak.x <= frame.right and frame.top <= peak.y <= frame.bottom,
        low=low,
        high=high,
        band=[*_points(frame, low), *reversed(_points(frame, high))] if low else [],
    )


def _points(frame: Figure, printed: Sequence[str]) -> list[Point]:
    """The points of the thresholds in the window."""
    thresholds = range(frame.window.first, frame.window.last + 1)
    return [Point(frame.x(threshold), _height(frame, printed[threshold])) for threshold in thresholds]


def _height(frame: Figure, printed: str) -> float:
    return frame.y(float(printed) / 100)


def _round_numbers(first: int, last: int) -> Sequence[int]:
    """At most eleven round numbers in this range, both ends included."""
    step = next(step for step in TICK_STEPS if last - first <= 10 * step)
    return range(-(-first // step) * step, last + 1, step)


def _box(at: Point, text: str) -> Box:
    half = text_width(text) / 2
    return Box(at.x - half, at.y - LINE_HEIGHT * 0.75, at.x + half, at.y + LINE_HEIGHT * 0.25)


def _pairs(points: Sequence[Point]) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in points)
