"""What every export is made of: a board or a published table, frozen, with the facts that say what it is."""

import json
from dataclasses import asdict, dataclass, replace
from hashlib import sha256

from leaderboard.classes.rows import Line
from leaderboard.figures.iou_curve import WHOLE, Window

DASH = "–"  # stands for a team that is not named and a value that is not defined


@dataclass(frozen=True)
class Column:
    key: str
    title: str
    unit: str = ""

    @property
    def heading(self) -> str:
        return f"{self.title} ({self.unit})" if self.unit else self.title


@dataclass(frozen=True)
class Mark:
    """What stands beside a row, such as "disqualified", with the reason where boards show it."""

    text: str
    reason: str = ""

    def __str__(self) -> str:
        return f"{self.text}: {self.reason}" if self.reason else self.text


@dataclass(frozen=True)
class Curve:
    """IoU at the thresholds 0 to 255, in percent as printed, and where it peaks."""

    printed: tuple[str, ...]
    peak_threshold: int
    place: int | None = None  # gives colour and dash; None: by the order of the rows
    low: tuple[str, ...] = ()  # the ends of its 95 % interval, where they are asked for and known
    high: tuple[str, ...] = ()

    @property
    def peak(self) -> str:
        return self.printed[self.peak_threshold]


@dataclass(frozen=True)
class Row:
    """A row as readers see it; `team` is empty where none is named, `rank` None where the row is not ranked."""

    rank: int | None
    team: str
    username: str
    values: tuple[str, ...]
    handed_in: str = ""
    parameters: int | None = None
    marks: tuple[Mark, ...] = ()
    intervals: tuple[tuple[str, str], ...] = ()  # of each value, its 95 % interval as printed; or none at all
    rank_interval: tuple[int, int] | None = None
    curve: Curve | None = None

    @property
    def label(self) -> str:
        """Its line in a legend."""
        return f"{self.username} ({self.curve.peak} at {self.curve.peak_threshold})"


@dataclass(frozen=True)
class Table:
    """A table under its file name. `as_of` is the moment whose state it shows, empty where it never changes.

    `citation` is the BibTeX entry of what else than a board is to be cited; `window` the part of the
    plane that its curves are drawn in.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    facts: dict[str, str | int]
    as_of: str = ""
    citation: str = ""
    window: Window = WHOLE

    @property
    def drawn(self) -> list[Row]:
        """The rows that have a curve."""
        return [row for row in self.rows if row.curve]

    @property
    def has_intervals(self) -> bool:
        return any(row.intervals for row in self.rows)

    @property
    def content(self) -> str:
        """A hash of all it says but the moment: equal where nothing changed."""
        said = json.dumps(asdict(replace(self, as_of="")), sort_keys=True)
        return sha256(said.encode()).hexdigest()

    @property
    def all_facts(self) -> dict[str, str | int]:
        moment = {"as_of": self.as_of} if self.as_of else {}
        return self.facts | moment | {"content": self.content[:12]}

    @property
    def facts_in_words(self) -> list[str]:
        return [f"{key.replace('_', ' ').capitalize()}: {value}" for key, value in self.all_facts.items()]


@dataclass(frozen=True)
class ClassTable(Table):
    """The classes of one or two rows, in the order and choice of the page."""

    classes: tuple[Line, ...] = ()


def plain(text: str) -> str:
    """Text on one line, without characters that cannot be seen or that XML refuses."""
    return "".join(letter for letter in " ".join(text.split()) if letter.isprintable())
