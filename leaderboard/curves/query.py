"""What a reader asks to see of a board's curves: the words of an address, read with patience."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import QueryDict

from leaderboard.curves.board_curves import DRAWN_AT_MOST, DRAWN_FIRST
from leaderboard.figures.iou_curve import THRESHOLDS, WHOLE, Curve, Window

LAST = THRESHOLDS - 1
NOBODY = "none"  # as a script writes it where no box is ticked


@dataclass(frozen=True)
class Asked:
    """`teams` are keys of curves, None where nobody was chosen; `complaints` say what could not be followed."""

    teams: tuple[str, ...] | None
    window: Window
    bands: bool
    threshold: int | None
    complaints: tuple[str, ...] = ()

    def chosen(self, curves: Sequence[Curve]) -> list[Curve]:
        """Of the curves of a board those that are asked for, or else the first."""
        if self.teams is None:
            return list(curves[:DRAWN_FIRST])
        return [curve for curve in curves if curve.key in self.teams][:DRAWN_AT_MOST]

    def missed(self, curves: Sequence[Curve]) -> list[str]:
        """What of the wish for teams this board cannot fulfil, in words."""
        known = {curve.key for curve in curves}
        wanted = set(self.teams or ())
        missing, beyond = len(wanted - known), len(wanted & known) > DRAWN_AT_MOST
        words = (
            [f"{missing} of the chosen curves {'is' if missing == 1 else 'are'} not on this board."]
            if missing
            else []
        )
        return words + [f"At most {DRAWN_AT_MOST} curves are drawn at once: the first of those chosen."] * beyond

    def query(self, curves: Sequence[Curve], at: str = "") -> str:
        """How exactly these curves are asked for again, as in the address of a download."""
        first, last, low, high = self.window
        said = [("teams", curve.key) for curve in curves] or [("teams", NOBODY)]
        said += [("from", first), ("to", last)] if (first, last) != WHOLE[:2] else []
        said += [("low", low)] if low else []
        said += [("high", high)] if high is not None else []
        said += [("bands", 1)] if self.bands else []
        return "?" + urlencode(said + [("at", at)] * bool(at))


def asked(query: QueryDict) -> Asked:
    complaints: list[str] = []
    first = _number(query, "from", LAST, complaints)
    last = _number(query, "to", LAST, complaints)
    low = _number(query, "low", 100, complaints)
    high = _number(query, "high", 100, complaints)
    window = _window(first or 0, LAST if last is None else last, low or 0, high, complaints)
    threshold = _number(query, "t", LAST, complaints)
    bands = query.get("bands", "").lower() in {"1", "on", "true"}
    return Asked(_teams(query), window, bands, threshold, tuple(complaints))


def _teams(query: QueryDict) -> tuple[str, ...] | None:
    """Repeated, as a form sends them, or with commas between."""
    named = [key.strip() for each in query.getlist("teams") for key in each.split(",") if key.strip()]
    return tuple(key for key in named if key != NOBODY) if named else None


def _number(query: QueryDict, name: str, most: int, complaints: list[str]) -> int | None:
    text = query.get(name, "").strip()
    if not text:
        return None
    if text.isascii() and text.isdigit() and int(text[:9]) <= most:
        return int(text[:9])
    complaints.append(f"“{text[:20]}” is no whole number from 0 to {most}, so “{name}” is left as it was.")
    return None


def _window(first: int, last: int, low: int, high: int | None, complaints: list[str]) -> Window:
    """A window that has a width and a height; what is not one is not narrowed."""
    if first >= last:
        complaints.append(
            f"No thresholds lie from {first} to {last}: all are drawn. Give the smaller number first."
        )
        first, last = WHOLE[:2]
    if low >= (100 if high is None else high):
        complaints.append("No IoU lies in the range asked for: all of it is drawn. Give the smaller number first.")
        low, high = WHOLE[2:]
    return Window(first, last, low, high)
