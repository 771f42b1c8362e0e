"""The figure of submissions a day: its layout, for the page, and as a standalone SVG file."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from leaderboard.exports.svg import STYLE
from leaderboard.exports.svg_elements import add, picture, written
from leaderboard.figures.axes import round_numbers, round_step
from leaderboard.figures.curve import Tick

DATES = 5  # at most, on the x axis
WIDEST = 60.0
COLOUR = "#1837ff"


@dataclass(frozen=True)
class Bar:
    x: float
    y: float
    width: float
    height: float
    day: date
    count: int

    @property
    def label(self) -> str:
        return f"{self.day:%-d %b %Y}: {self.count} submission{'s' * (self.count != 1)}"


@dataclass(frozen=True)
class DayBars:
    """The figure in viewBox units: a bar for each day."""

    bars: Sequence[Bar]
    y_ticks: Sequence[Tick]
    x_ticks: Sequence[Tick]
    width: int = 960
    height: int = 326
    left: int = 56
    right: int = 944
    top: int = 16
    bottom: int = 276

    def svg(self, title: str, description: str) -> str:
        """The figure as a file, on white paper."""
        root = picture(self.width, self.height, title, description, STYLE)
        add(root, "rect", width="100%", height="100%", fill="#fff")
        for tick in self.y_ticks:
            add(root, "line", class_="grid", x1=self.left, x2=self.right, y1=tick.at, y2=tick.at)
            add(root, "text", tick.text, class_="end", x=self.left - 8, y=tick.at + 4.5)
        for bar in self.bars:
            add(root, "rect", x=bar.x, y=bar.y, width=bar.width, height=bar.height, fill=COLOUR)
            add(root[-1], "title", bar.label)
        for tick in self.x_ticks:
            add(root, "text", tick.text, class_="x", x=tick.at, y=self.bottom + 20)
        add(root, "path", class_="axis", d=f"M{self.left} {self.top}V{self.bottom}H{self.right}")
        add(root, "text", "Submissions a day", class_="name", x=self.left + 6, y=self.top + 10)
        return written(root)


def day_bars(days: Sequence[tuple[date, int]]) -> DayBars:
    """Lay out the bars; days in order, without gaps."""
    frame = DayBars((), (), ())
    most = max([1, *(count for _, count in days)])
    step = round_step(most, least=1)
    highest = step * -(-most // step)
    slot = (frame.right - frame.left) / max(len(days), 1)
    width = min(round(0.8 * slot, 2), WIDEST)
    heights = [_height(frame, count, highest) for _, count in days]
    bars = [
        Bar(round(frame.left + (index + 0.5) * slot - width / 2, 2), frame.bottom - height, width, height, *day)
        for index, (height, day) in enumerate(zip(heights, days, strict=True))
    ]
    every = max(1, -(-len(days) // DATES))
    x_ticks = [
        Tick(round(bar.x + bar.width / 2, 2), f"{bar.day:%-d %b %Y}", minor=number % 2 == 1)
        for number, bar in enumerate(bars[::every])
    ]
    y_ticks = [
        Tick(frame.bottom - _height(frame, at, highest), f"{at:g}", minor=number % 2 == 1)
        for number, at in enumerate(round_numbers(0, highest, step))
    ]
    return DayBars(bars, y_ticks, x_ticks)


def _height(frame: DayBars, count: float, highest: float) -> float:
    return round(count / highest * (frame.bottom - frame.top), 2)
