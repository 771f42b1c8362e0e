"""Metrics of each scorer and their display: the columns of the paper's tables, headline first."""

from collections.abc import Callable
from dataclasses import dataclass


def percent(fraction: float) -> str:
    """Format a fraction as a percentage with two decimals."""
    return f"{fraction * 100:.2f}"


@dataclass(frozen=True)
class Metric:
    key: str
    title: str
    show: Callable[[float], str]
    unit: str = ""
    extra: bool = False  # shown beside the score, not on the leaderboard


MEAN_IOU = Metric("mean_iou", "Mean IoU", percent, "%")
MEAN_ACCURACY = Metric("mean_accuracy", "Mean Accuracy", percent, "%")
PIXEL_ACCURACY = Metric("pixel_accuracy", "Pixel Accuracy", percent, "%")

METRICS: dict[str, tuple[Metric, ...]] = {
    "segmentation": (
        MEAN_IOU,
        MEAN_ACCURACY,
        PIXEL_ACCURACY,
        Metric("mean_iou_with_background", "Mean IoU with background", percent, "%", extra=True),
    ),
    "scene-parsing": (MEAN_IOU, MEAN_ACCURACY, PIXEL_ACCURACY),
    "localization": (
        Metric("peak_iou", "Peak-IoU", percent, "%"),
        Metric("peak_threshold", "Peak-Threshold", lambda threshold: f"{threshold:.0f}"),
    ),
}
SCORERS = [(name, name) for name in METRICS]
BY_CLASS = {"segmentation", "scene-parsing"}  # these also have scores per class


def columns(scorer: str) -> list[Metric]:
    """Return the metrics on this scorer's leaderboards, headline first."""
    return [metric for metric in METRICS[scorer] if not metric.extra]


def shown(scorer: str, scores: dict[str, float | None]) -> list[tuple[Metric, str]]:
    """Return each metric of a result with its formatted value; an undefined value is a dash."""
    return [(metric, show(metric, scores.get(metric.key))) for metric in METRICS[scorer]]


def as_printed(metric: Metric, value: float | None) -> float | None:
    """Return the value rounded as the leaderboard shows it, as a fraction or an integer."""
    if value is None:
        return None
    return round(float(percent(value)) / 100, 4) if metric.unit == "%" else int(metric.show(value))


def show(metric: Metric, value: float | None) -> str:
    return "–" if value is None else metric.show(value)
