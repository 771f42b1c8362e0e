"""What is printed: results on stdout; remarks and progress on stderr, which never mix into them."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from typing import Any

from evaluator.contract import printable

INTERVAL = 0.2  # seconds between two progress lines


def say(text: str) -> None:
    """Print to stdout; what could steer a terminal is escaped."""
    for line in text.split("\n"):
        print(printable(line))


def say_json(value: object) -> None:
    """Print one line of JSON."""
    print(json.dumps(value))


def remark(text: str) -> None:
    """Print to stderr."""
    for line in text.split("\n"):
        print(printable(line), file=sys.stderr)


def table(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as columns, the first row being their titles."""
    widths = [max(map(len, column)) for column in zip(*rows)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)


class ProgressLine:
    """A line on stderr that is written over, and empty at the end; nothing where stderr is no terminal."""

    def __init__(self) -> None:
        self._shown, self._next, self._length = sys.stderr.isatty(), 0.0, 0

    def __enter__(self) -> ProgressLine:
        return self

    def __exit__(self, *_: object) -> None:
        self.clear()

    def show(self, text: str, *, at_once: bool = False) -> None:
        """Write the line anew, a few times a second unless `at_once`."""
        if self._shown and (at_once or time.monotonic() >= self._next):
            self._next = time.monotonic() + INTERVAL
            self._write(text)

    def clear(self) -> None:
        """Leave an empty line."""
        if self._length:
            self._write("")
            sys.stderr.write("\r")

    def _write(self, text: str) -> None:
        sys.stderr.write("\r" + printable(text).ljust(self._length))
        sys.stderr.flush()
        self._length = len(text)


def scores_as_text(scores: dict[str, Any], columns: Sequence[dict[str, Any]]) -> str:
    """Return scores as the leaderboard prints them."""
    titles = {column["key"]: column for column in columns}
    return "\n".join(
        f"{titles.get(key, {}).get('title', key)}: {number(value, titles.get(key))}"
        for key, value in scores.items()
    )


def number(value: float | None, column: dict[str, Any] | None) -> str:
    """Return one score as the leaderboard prints it."""
    if value is None:
        return "–"
    if column is None:
        return str(value)
    if column["unit"] == "fraction":
        return f"{100 * value:.{column['decimals']}f} %"
    return f"{value:.{column['decimals']}f} {column['unit']}".rstrip()
