"""How each scorer's numbers are shown: the columns of the paper's tables, headline first."""

from collections.abc import Callable
from dataclasses import dataclass


def percent(fraction: float) -> str:
    """A fraction as the paper prints it: times 100, two decimals."""
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
BY_CLASS = {"segmentation", "scene-parsing"}  # these also score each class for itself


def columns(scorer: str) -> list[Metric]:
    """What a leaderboard of this scorer shows, headline first."""
    return [metric for metric in METRICS[scorer] if not metric.extra]


def shown(scorer: str, scores: dict[str, float | None]) -> list[tuple[Metric, str]]:
    """Each metric of a result with its printed value; a value that is not defined is a dash."""
    return [(metric, show(metric, scores.get(metric.key))) for metric in METRICS[scorer]]


def as_printed(metric: Metric, value: float | None) -> float | None:
    """The number that readers see, as a fraction or an integer: no answer says more than the leaderboard."""
    if value is None:
        return None
    return round(float(percent(value)) / 100, 4) if metric.unit == "%" else int(metric.show(value))


def show(metric: Metric, value: float | None) -> str:
    return "–" if value is None else metric.show(value)
