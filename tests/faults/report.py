"""What the faults came to, as a page shows it."""

import re
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

COLUMNS = (
    *("fault", "set-up", "rounds", "lost", "doubled", "stuck", "wrong"),
    *("healed in at most", "of it without scoring, at most"),
)
MARKS = re.compile(r"(<!-- faults -->\n).*(<!-- end of faults -->)", re.DOTALL)
COUNTED = ("lost", "doubled", "stuck", "wrong")


def text(runs: list[dict[str, Any]]) -> str:
    """How long each set-up ran, the table, and beneath it what was broken and what was left out."""
    faults = [fault for run in runs for fault in run["faults"]]
    rows = "".join(_row(fault) for fault in faults if fault["rounds"])
    table = _line(COLUMNS) + "|---" * len(COLUMNS) + "|\n" + rows
    return "\n".join([*map(_summary, runs), "", table, *_notes(faults)]).rstrip()


def _summary(run: dict[str, Any]) -> str:
    rounds = sum(fault["rounds"] for fault in run["faults"])
    return f"- {run['setup']}: {rounds} rounds in {run['minutes']} minutes; {'; '.join(run['use'])}."


def _row(fault: dict[str, Any]) -> str:
    counts = [fault[name] for name in COUNTED]
    seconds = [f"{fault[name]:.1f} s" for name in ("slowest", "waited")]
    return _line([fault["fault"], fault["setup"], fault["rounds"], *counts, *seconds])


def _line(cells: Iterable[object]) -> str:
    return f"| {' | '.join(map(str, cells))} |\n"


def _notes(faults: list[dict[str, Any]]) -> Iterator[str]:
    for fault in faults:
        yield from (f"- {fault['setup']}, {fault['fault']}: {note}" for note in fault["notes"])
        if fault["skipped"]:
            yield f"- {fault['setup']}, {fault['fault']}: left out, {fault['skipped']}"


def broken(runs: list[dict[str, Any]]) -> bool:
    faults = [fault for run in runs for fault in run["faults"]]
    ran = any(fault["rounds"] for fault in faults)
    return not ran or any(fault[name] for fault in faults for name in COUNTED)


def write(runs: list[dict[str, Any]], page: Path) -> None:
    """Put the text between the marks of the page."""
    dated = f"Run on {time.strftime('%-d %B %Y')}.\n\n{text(runs)}\n"
    page.write_text(MARKS.sub(lambda found: found[1] + dated + found[2], page.read_text()))
