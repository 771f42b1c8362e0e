"""Layout of the figure of curves: coordinates of curves, bands, ticks and labels. A template draws it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import ceil
from typing import NamedTuple

from evaluator.contract import UNDEFINED, Metric
from leaderboard.figures.axes import Axes, round_numbers, round_step
from leaderboard.figures.label_layout import LINE_HEIGHT, Box, any_overlap, shortened, spread, text_width
from leaderboard.palette import Style, style_of

GREY_LEVELS = 256
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
    """The pointwise confidence interval of a curve: a value for each x, None where it is undefined."""

    low: Sequence[float | None]
    high: Sequence[float | None]


class Curve(NamedTuple):
    """The curve of one evaluation. `palette_index` gives colour and dash; where it is None, the order does."""

    key: str
    label: str
    values: Sequence[float | None]
    peak_x: int
    palette_index: int | None = None
    band: Band | None = None

    @property
    def style(self) -> Style:
        """Its colour and dash."""
        return style_of(self.palette_index or 0)


class Window(NamedTuple):
    """The part of the plane that is drawn: x, and y as printed.

    `last` None: to the last x; `high` None: as high as the curves.
    """

    first: int = 0
    last: int | None = None
    low: int = 0
    high: int | None = None


WHOLE = Window()


@dataclass(frozen=True)
class Series:
    """One curve in the figure, by its numbers as printed, a dash where undefined; such a point is not drawn."""

    key: str
    label: str
    colour: int
    dash: int
    printed: Sequence[str]
    points: Sequence[Point]
    peak: Point
    peak_x: int
    peak_visible: bool
    low: Sequence[str] = ()
    high: Sequence[str] = ()
    band: Sequence[Point] = ()
    label_y: float | None = None
    leader_y: float = 0

    @property
    def peak_value(self) -> str:
        return self.printed[self.peak_x]

    @property
    def peak_text(self) -> str:
        return f"{self.peak_value} at {self.peak_x}"

    def interval(self, x: int) -> str:
        return f"{self.low[x]}–{self.high[x]}" if self.low else "–"

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

    axes: Axes
    highest: float  # y at the upper edge, as printed
    window: Window = WHOLE
    width: int = 960
    height: int = 486
    left: int = 56
    right: int = 944
    top: int = 16
    bottom: int = 436
    series: Sequence[Series] = ()

    @property
    def first_x(self) -> int:
        return self.window.first

    @property
    def last_x(self) -> int:
        return self.axes.last_x if self.window.last is None else self.window.last

    def x(self, x: float) -> float:
        share = (x - self.first_x) / (self.last_x - self.first_x)
        return round(self.left + share * (self.right - self.left), 2)

    def y(self, printed: float) -> float:
        share = (printed - self.window.low) / (self.highest - self.window.low)
        return round(self.bottom - share * (self.bottom - self.top), 2)

    @property
    def high(self) -> str:
        """The upper edge."""
        return f"{self.highest:g}"

    @property
    def x_ticks(self) -> list[Tick]:
        whole = (self.first_x, self.last_x) == (0, self.axes.last_x)
        if whole and self.last_x == GREY_LEVELS - 1:
            numbers = [*range(0, self.last_x, 32), self.last_x]
        else:
            step = round_step(self.last_x - self.first_x, least=1)
            numbers = [*round_numbers(self.first_x, self.last_x, step)]
        return [Tick(self.x(at), f"{at:g}", minor=index % 2 == 1) for index, at in enumerate(numbers)]

    @property
    def y_ticks(self) -> list[Tick]:
        step = round_step(self.highest - self.window.low, least=_least_step(self.axes.y))
        numbers = round_numbers(self.window.low, self.highest, step)
        return [Tick(self.y(at), f"{at:g}", minor=index % 2 == 1) for index, at in enumerate(numbers)]

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


def figure(curves: Sequence[Curve], axes: Axes, window: Window = WHOLE) -> Figure:
    """Lay out at least one curve, the top one first; `figures/curve.html` draws the result.

    A curve without a palette index takes its number in this order.
    """
    frame = Figure(axes, highest=_highest(curves, axes.y, window), window=window)
    series = [
        _series(frame, curve if curve.palette_index is not None else curve._replace(palette_index=number))
        for number, curve in enumerate(curves)
    ]
    ends = [min(max((each.points or [each.peak])[-1].y, frame.top), frame.bottom) for each in series]
    heights: Sequence[float | None] = spread(ends, frame.top, frame.bottom) or [None] * len(series)
    labelled = [replace(one, label_y=y, leader_y=end) for one, y, end in zip(series, heights, ends, strict=True)]
    return replace(frame, series=labelled)


def _highest(curves: Sequence[Curve], metric: Metric, window: Window) -> float:
    """The upper edge: that of the window, or the round number above all curves and bands."""
    if window.high is not None:
        return window.high
    values = [value for curve in curves for value in (curve.band.high if curve.band else curve.values)]
    highest = max((metric.printed(value) or 0 for value in values), default=0)
    step = 10 if metric.unit == "%" else round_step(highest - window.low)
    return max(ceil(highest / step - 1e-9), window.low // step + 1) * step


def _least_step(metric: Metric) -> float:
    """No two ticks of an axis in percent are nearer than one percent."""
    return 1 if metric.unit == "%" else 0


def _series(frame: Figure, curve: Curve) -> Series:
    """Drawn from the printed numbers, so that a figure reveals no more of a score than the board does."""
    colour, dash = curve.style
    printed = [frame.axes.y.show(value) for value in curve.values]
    low, high = ([frame.axes.y.show(value) for value in edge] for edge in curve.band or ((), ()))
    peak = Point(frame.x(curve.peak_x), frame.y(float(printed[curve.peak_x])))
    return Series(
        key=curve.key,
        label=curve.label,
        colour=colour,
        dash=dash,
        printed=printed,
        points=_points(frame, printed),
        peak=peak,
        peak_x=curve.peak_x,
        peak_visible=frame.left <= peak.x <= frame.right and frame.top <= peak.y <= frame.bottom,
        low=low,
        high=high,
        band=[*_points(frame, low), *reversed(_points(frame, high))] if low else [],
    )


def _points(frame: Figure, printed: Sequence[str]) -> list[Point]:
    """The points of the window at which the curve is defined."""
    inside = enumerate(printed[frame.first_x : frame.last_x + 1], frame.first_x)
    return [Point(frame.x(x), frame.y(float(text))) for x, text in inside if text != UNDEFINED]


def _box(at: Point, text: str) -> Box:
    half = text_width(text) / 2
    return Box(at.x - half, at.y - LINE_HEIGHT * 0.75, at.x + half, at.y + LINE_HEIGHT * 0.25)


def _pairs(points: Sequence[Point]) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in points)
