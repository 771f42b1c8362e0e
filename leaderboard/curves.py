"""The IoU-Threshold figure: where each point goes. The template draws it as SVG, whole without script."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import NamedTuple

from server.tracks.metrics import percent

THRESHOLDS = 256
COLOURS = 8  # series-1 … series-8 in the style sheet; the dash pattern tells those apart that share one


class Point(NamedTuple):
    x: float
    y: float


@dataclass(frozen=True)
class Tick:
    at: float
    text: str
    minor: bool


@dataclass(frozen=True)
class Series:
    """One team's curve: 256 fractions, and where they stand in the figure."""

    key: str
    label: str
    colour: int
    dash: int
    values: Sequence[float]
    points: Sequence[Point]
    peak: Point
    peak_threshold: int

    @property
    def peak_iou(self) -> str:
        return percent(self.values[self.peak_threshold])

    @property
    def polyline(self) -> str:
        return " ".join(f"{x:g},{y:g}" for x, y in self.points)

    @property
    def value_list(self) -> str:
        return " ".join(f"{value:.6f}" for value in self.values)


@dataclass(frozen=True)
class Figure:
    """The figure in viewBox units: x from threshold 0 to 255, y from IoU 0 to `highest`."""

    highest: float
    width: int = 960
    height: int = 486
    left: int = 56
    right: int = 944
    top: int = 16
    bottom: int = 436
    series: Sequence[Series] = ()

    def x(self, threshold: float) -> float:
        return round(self.left + threshold / (THRESHOLDS - 1) * (self.right - self.left), 2)

    def y(self, iou: float) -> float:
        return round(self.bottom - iou / self.highest * (self.bottom - self.top), 2)

    @property
    def x_ticks(self) -> list[Tick]:
        thresholds = (0, 32, 64, 96, 128, 160, 192, 224, 255)
        return [Tick(self.x(at), str(at), minor=number % 2 == 1) for number, at in enumerate(thresholds)]

    @property
    def y_ticks(self) -> list[Tick]:
        tenths = range(round(self.highest * 10) + 1)
        return [Tick(self.y(tenth / 10), str(tenth * 10), minor=tenth % 2 == 1) for tenth in tenths]


class Curve(NamedTuple):
    """What is drawn of one evaluation."""

    key: str
    label: str
    values: Sequence[float]
    peak_threshold: int


def figure(curves: Sequence[Curve]) -> Figure:
    """Lay out curves, in the order given."""
    highest = max(max(curve.values) for curve in curves)
    frame = Figure(highest=max(1, ceil(highest * 10)) / 10)
    return replace(frame, series=[_series(frame, number, curve) for number, curve in enumerate(curves)])


def _series(frame: Figure, number: int, curve: Curve) -> Series:
    points = [Point(frame.x(threshold), frame.y(iou)) for threshold, iou in enumerate(curve.values)]
    return Series(
        key=curve.key,
        label=curve.label,
        colour=number % COLOURS + 1,
        dash=number // COLOURS % 4 + 1,
        values=curve.values,
        points=points,
        peak=points[curve.peak_threshold],
        peak_threshold=curve.peak_threshold,
    )
