"""The IoU-Threshold figure: where each point goes. The template draws it as SVG, whole without script."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

THRESHOLDS = 256
STYLES = 8  # series-1 … series-8 in the style sheet


class Point(NamedTuple):
    x: float
    y: float


@dataclass(frozen=True)
class Tick:
    at: float
    text: str


@dataclass(frozen=True)
class Series:
    """One team's curve: 256 fractions, and where they stand in the figure."""

    label: str
    style: int
    values: Sequence[float]
    points: Sequence[Point]
    peak: Point
    peak_iou: float
    peak_threshold: int

    @property
    def polyline(self) -> str:
        return " ".join(f"{x:g},{y:g}" for x, y in self.points)

    @property
    def value_list(self) -> str:
        return " ".join(f"{value:.6g}" for value in self.values)


@dataclass(frozen=True)
class Figure:
    """The figure's frame in viewBox units, with x from threshold 0 to 255 and y from IoU 0 to 1."""

    width: int = 760
    height: int = 440
    left: int = 52
    right: int = 744
    top: int = 16
    bottom: int = 388
    series: Sequence[Series] = ()

    def x(self, threshold: float) -> float:
        return round(self.left + threshold / (THRESHOLDS - 1) * (self.right - self.left), 2)

    def y(self, iou: float) -> float:
        return round(self.bottom - iou * (self.bottom - self.top), 2)

    @property
    def x_ticks(self) -> list[Tick]:
        return [Tick(self.x(threshold), str(threshold)) for threshold in (0, 32, 64, 96, 128, 160, 192, 224, 255)]

    @property
    def y_ticks(self) -> list[Tick]:
        return [Tick(self.y(percent / 100), str(percent)) for percent in range(0, 101, 20)]


def figure(curves: Sequence[tuple[str, Sequence[float], int]]) -> Figure:
    """Lay out (label, 256 fractions, peak threshold) triples, in the order given."""
    frame = Figure()
    series = [
        _series(frame, label, values, peak, style=number % STYLES + 1)
        for number, (label, values, peak) in enumerate(curves)
    ]
    return Figure(series=series)


def _series(frame: Figure, label: str, values: Sequence[float], peak: int, style: int) -> Series:
    points = [Point(frame.x(threshold), frame.y(iou)) for threshold, iou in enumerate(values)]
    return Series(label, style, values, points, points[peak], values[peak], peak)
