"""Runs one of the evaluator's commands; `parameters` alone needs no more than the standard library.

Exit codes: 0 scored, valid or counted, 2 rejected, 3 an unreadable pack (verify), 64 wrong usage, 1 another error
of ours.
"""

from __future__ import annotations

import sys
from importlib import import_module
from io import TextIOWrapper
from typing import cast


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    words = sys.argv[1:] if argv is None else argv
    if words[:1] == ["parameters"]:
        return int(import_module("evaluator.parameters.command").main(words[1:]))
    return int(import_module("evaluator.commands").main(words))


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        cast(TextIOWrapper, stream).reconfigure(
            errors="backslashreplace"
        )  # a console may lack characters of a name
    sys.exit(main())
