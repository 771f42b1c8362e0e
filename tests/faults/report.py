"""The table of what faults came to."""

import re
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

COLUMNS = ("fault", "set-up", "rounds", "lost", "doubled", "stuck", "wrong", "healed in at most")
MARKS = re.compile(r"(<!-- faults -->\n).*(<!-- end of faults -->)", re.DOTALL)
COUNTED = ("lost", "doubled", "stuck", "wrong")


def table(results: list[dict[str, Any]]) -> str:
    """Markdown, and beneath it what was broken."""
    ran = [result for result in results if result["rounds"]]
    head = _line(COLUMNS) + "|---" * len(COLUMNS) + "|\n"
    rows = "".join(_row(result) for result in ran)
    notes = "".join(f"\n- {r['setup']}, {r['fault']}: {note}" for r in results for note in r["notes"])
    skipped = "".join(f"\n- {r['setup']}, {r['fault']}: left out, {r['skipped']}" for r in results if r["skipped"])
    return head + rows + notes + skipped


def _row(result: dict[str, Any]) -> str:
    counts = [result[name] for name in COUNTED]
    return _line([result["fault"], result["setup"], result["rounds"], *counts, f"{result['slowest']:.1f} s"])


def _line(cells: Iterable[object]) -> str:
    return f"| {' | '.join(map(str, cells))} |\n"


def broken(results: list[dict[str, Any]]) -> bool:
    return not any(result["rounds"] for result in results) or any(r[name] for r in results for name in COUNTED)


def write(results: list[dict[str, Any]], page: Path) -> None:
    """Put the table between the marks of the page."""
    dated = f"Run on {time.strftime('%-d %B %Y')}.\n\n{table(results).rstrip()}\n"
    page.write_text(MARKS.sub(lambda found: found[1] + dated + found[2], page.read_text()))
