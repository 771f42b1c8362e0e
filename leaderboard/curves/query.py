"""A reader's query over a board's curves, parsed leniently: what cannot be followed becomes a warning."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import QueryDict

from leaderboard.curves.board_curves import DEFAULT_CURVES, MAX_CURVES
from leaderboard.figures.iou_curve import THRESHOLDS, WHOLE, Curve, Window

LAST = THRESHOLDS - 1
NO_TEAMS = "none"  # as a script writes it where no box is ticked


@dataclass(frozen=True)
class CurveQuery:
    """`teams` are keys of curves, None where none were chosen; `warnings` say what was ignored."""

    teams: tuple[str, ...] | None
    window: Window
    bands: bool
    threshold: int | None
    warnings: tuple[str, ...] = ()

    def select(self, curves: Sequence[Curve]) -> list[Curve]:
        """The curves that are asked for, or else the first."""
        if self.teams is None:
            return list(curves[:DEFAULT_CURVES])
        return [curve for curve in curves if curve.key in self.teams][:MAX_CURVES]

    def team_warnings(self, curves: Sequence[Curve]) -> list[str]:
        """What of the choice of teams this board cannot show, in words."""
        available = {curve.key for curve in curves}
        wanted = set(self.teams or ())
        missing, too_many = len(wanted - available), len(wanted & available) > MAX_CURVES
        verb = "is" if missing == 1 else "are"
        warnings = [f"{missing} of the chosen curves {verb} not on this board."] if missing else []
        return warnings + [f"At most {MAX_CURVES} curves are drawn at once: the first of those chosen."] * too_many

    def url(self, curves: Sequence[Curve], at: str = "") -> str:
        """The query string that asks for exactly these curves, for the links of the downloads."""
        first, last, low, high = self.window
        parameters = [("teams", curve.key) for curve in curves] or [("teams", NO_TEAMS)]
        parameters += [("from", first), ("to", last)] if (first, last) != WHOLE[:2] else []
        parameters += [("low", low)] if low else []
        parameters += [("high", high)] if high is not None else []
        parameters += [("bands", 1)] if self.bands else []
        return "?" + urlencode(parameters + [("at", at)] * bool(at))


def parse_query(query: QueryDict) -> CurveQuery:
    warnings: list[str] = []
    first = _number(query, "from", LAST, warnings)
    last = _number(query, "to", LAST, warnings)
    low = _number(query, "low", 100, warnings)
    high = _number(query, "high", 100, warnings)
    window = _window(first or 0, LAST if last is None else last, low or 0, high, warnings)
    threshold = _number(query, "t", LAST, warnings)
    bands = query.get("bands", "").lower() in {"1", "on", "true"}
    return CurveQuery(_teams(query), window, bands, threshold, tuple(warnings))


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


def _window(first: int, last: int, low: int, high: int | None, warnings: list[str]) -> Window:
    """A window of some width and height; a side that would be empty is not narrowed."""
    if first >= last:
        warnings.append(f"No thresholds lie from {first} to {last}: all are drawn. Give the smaller number first.")
        first, last = WHOLE[:2]
    if low >= (100 if high is None else high):
        warnings.append("There is no IoU in the chosen range: all of it is drawn. Give the smaller number first.")
        low, high = WHOLE[2:]
    return Window(first, last, low, high)
