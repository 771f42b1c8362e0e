"""What all commands share: exit codes, and how rejections, warnings and errors are printed."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from typing import NoReturn

from evaluator.contract import Rejected
from evaluator.rejection_text import as_text

OK, OURS, REJECTED, UNREADABLE, WRONG_USAGE = 0, 1, 2, 3, 64
WHAT_IT_IS = "Packs ground truth, checks and scores archives, and counts the parameters of models."
Errors = tuple[type[Exception], ...]


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors have another exit code than rejections."""

    def error(self, message: str) -> NoReturn:
        """Exit with WRONG_USAGE instead of argparse's 2."""
        self.print_usage(sys.stderr)
        self.exit(WRONG_USAGE, f"{self.prog}: {message}\n")


def run_command(arguments: argparse.Namespace, wrong_usage: Errors, ours: Errors = ()) -> int:
    """Run `arguments.run` and return its exit code. Errors are printed in words."""
    try:
        return int(arguments.run(arguments))
    except Rejected as rejection:
        return _refuse(rejection, as_json=arguments.json)
    except wrong_usage as error:
        print(error, file=sys.stderr)
        return WRONG_USAGE
    except MemoryError:
        print("Error: out of memory", file=sys.stderr)
    except Exception as error:  # the outermost handler: no traceback may reach a team
        known = isinstance(error, (*ours, OSError))
        print(f"Error: {error}" if known else f"Internal error: {type(error).__name__}: {error}", file=sys.stderr)
    return OURS


def print_warnings(warnings: Iterable[str]) -> None:
    """Print each on a line."""
    for warning in warnings:
        print(f"Warning: {warning}")


def _refuse(rejection: Rejected, *, as_json: bool) -> int:
    if as_json:
        print(rejection.to_json())
        return REJECTED
    print(as_text(rejection))
    return REJECTED
