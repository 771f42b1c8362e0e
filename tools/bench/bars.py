"""What the evaluator must hold, and a line on each that says whether it does."""

from typing import NamedTuple

HELD, CLOSE, MISSED = "holds", "close", "**missed**"
CLOSE_BY = 1.15


class Bar(NamedTuple):
    """A figure that must be at most `limit`, or at least, where `least`."""

    what: str
    value: float
    limit: float
    least: bool = False
    unit: str = ""

    @property
    def verdict(self) -> str:
        """Whether it holds; "close" where it is missed by less than 15 %."""
        excess = self.limit / self.value if self.least else self.value / self.limit
        return HELD if excess <= 1 else CLOSE if excess < CLOSE_BY else MISSED

    def row(self) -> str:
        """A row of the table."""
        sign = "≥" if self.least else "≤"
        return f"| {self.what} | {self.value:.2f}{self.unit} | {sign} {self.limit:g}{self.unit} | {self.verdict} |"


TO_FLOOR = {"segmentation": 1.8, "scene-parsing": 1.8, "localization": 1.25}
TO_PEERS = {
    "segmentation": {"numpy": 6.0, "torchmetrics": 20.0, "histc": 35.0},
    "scene-parsing": {"numpy": 5.0},
    "localization": {"numpy": 5.0, "thresholds": 100.0},
}
TWO_JOBS = 0.6
MEGABYTES = 500
WORST = 3.0
INTERVALS = {"segmentation": 1.0, "localization": 2.0}  # seconds
