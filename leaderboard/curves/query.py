"""A reader's query over a board's curves; what it asks for and the board does not have becomes a warning."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import QueryDict

from leaderboard.curves.board_curves import DEFAULT_CURVES, MAX_CURVES
from leaderboard.figures.axes import Axes
from leaderboard.figures.curve import WHOLE, Curve, Window

NO_TEAMS = "none"  # as a script writes it where no box is ticked


@dataclass(frozen=True)
class CurveQuery:
    """`teams` are keys of curves, None where none were chosen; `warnings` say what was ignored.

    `x` is where the values are to be read.
    """

    teams: tuple[str, ...] | None = None
    window: Window = WHOLE
    bands: bool = False
    x: int | None = None
    warnings: tuple[str, ...] = ()

    def select(self, curves: Sequence[Curve]) -> list[Curve]:
        """The curves that are asked for, or else the first."""
        if self.teams is None:
            return list(curves[:DEFAULT_CURVES])
        return [curve for curve in curves if curve.key in self.teams][:MAX_CURVES]

    def team_warnings(self, curves: Sequence[Curve]) -> list[str]:
        """Warnings about chosen teams that this board cannot show."""
        available = {curve.key for curve in curves}
        wanted = set(self.teams or ())
        missing, too_many = len(wanted - available), len(wanted & available) > MAX_CURVES
        verb = "is" if missing == 1 else "are"
        warnings = [f"{missing} of the chosen curves {verb} not on this board."] if missing else []
        return warnings + [f"At most {MAX_CURVES} curves are drawn at once: the first of those chosen."] * too_many

    def url(self, curves: Sequence[Curve], at: str = "") -> str:
        """The query string that asks for exactly these curves, for the links of the downloads."""
        first, last, low, high = self.window
        parameters: list[tuple[str, str | int]] = [("teams", curve.key) for curve in curves]
        parameters += [] if curves else [("teams", NO_TEAMS)]
        parameters += [("from", first)] if first else []
        parameters += [("to", last)] if last is not None else []
        parameters += [("low", low)] if low else []
        parameters += [("high", high)] if high is not None else []
        parameters += [("bands", 1)] if self.bands else []
        return "?" + urlencode(parameters + [("at", at)] * bool(at))


def highest_y(axes: Axes) -> int:
    """The largest y that may be asked for."""
    return 100 if axes.y.unit == "%" else 1_000_000


def parse_query(query: QueryDict, axes: Axes | None) -> CurveQuery:
    """What a query asks of curves with these axes; nothing where a board has no curves."""
    if axes is None:
        return CurveQuery()
    warnings: list[str] = []
    highest = highest_y(axes)
    first, last, x = (_number(query, name, axes.last_x, warnings) for name in ("from", "to", "t"))
    low, high = (_number(query, name, highest, warnings) for name in ("low", "high"))
    window = _window(axes, Window(first or 0, last, low or 0, high), highest, warnings)
    bands = query.get("bands", "").lower() in {"1", "on", "true"}
    return CurveQuery(_teams(query), window, bands, x, tuple(warnings))


def _teams(query: QueryDict) -> tuple[str, ...] | None:
    """Repeated parameters, as a form sends them, or keys separated by commas."""
    keys = [key.strip() for each in query.getlist("teams") for key in each.split(",") if key.strip()]
    return tuple(key for key in keys if key != NO_TEAMS) if keys else None


def _number(query: QueryDict, name: str, highest: int, warnings: list[str]) -> int | None:
    text = query.get(name, "").strip()
    if not text:
        return None
    if text.isascii() and text.isdigit() and int(text[:9]) <= highest:
        return int(text[:9])
    warnings.append(f"“{text[:20]}” is not a whole number from 0 to {highest}, so “{name}” is ignored.")
    return None


def _window(axes: Axes, wanted: Window, highest: int, warnings: list[str]) -> Window:
    """A window of some width and height; a side that would be empty is not narrowed."""
    first, last, low, high = wanted
    to = axes.last_x if last is None else last
    if first >= to:
        warnings.append(
            f"No {axes.x_word}s lie from {first} to {to}: all are drawn. Give the smaller number first."
        )
        first, to = 0, axes.last_x
    if low >= (highest if high is None else high):
        warnings.append(
            f"There is no {axes.y.title} in the chosen range: all of it is drawn. Give the smaller number first."
        )
        low, high = WHOLE[2:]
    return Window(first, None if to == axes.last_x else to, low, high)
