"""Units in running text."""

from evaluator.contract import Metric


def in_unit(title: str, unit: str) -> str:
    """A number's title with its unit, such as “IoU in percent”, “Mean Distance in px” or “Peak-Threshold”."""
    words = {"%": "percent"}.get(unit, unit)
    return f"{title} in {words}" if words else title


def metric_in_unit(metric: Metric) -> str:
    """The same of a metric."""
    return in_unit(metric.title, metric.unit)
