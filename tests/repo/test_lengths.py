"""Functions fit in a glance and files in one reading."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from xdist_scheduling import LONG

ROOT = Path(__file__).resolve().parents[2]
# Tests may be longer: one of them is a list of steps, and a file of them a list of cases.
LONGEST_FUNCTION = {"client": 25, "evaluator": 25, "leaderboard": 25, "server": 25, "tools": 25, "tests": 40}
LONGEST_FILE = {"client": 300, "evaluator": 300, "leaderboard": 300, "server": 300, "tools": 300, "tests": 400}
MAY_BE_LONGER = {"server/settings.py"}  # one file names all settings


@pytest.mark.parametrize("folder", LONGEST_FUNCTION)
def test_functions_fit_in_a_glance(folder):
    long = [
        f"{path.relative_to(ROOT)}: {name} has {lines} lines"
        for path in sources(folder)
        for name, lines in functions(path.read_text())
        if lines > LONGEST_FUNCTION[folder]
    ]
    assert not long, "\n".join(long)


@pytest.mark.parametrize("folder", LONGEST_FILE)
def test_files_fit_in_one_reading(folder):
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in sources(folder)}
    long = {name: lines for name, lines in lengths.items() if lines > LONGEST_FILE[folder]}
    assert long.keys() <= MAY_BE_LONGER, long


def test_a_docstring_and_empty_lines_do_not_count():
    source = 'def f(\n    a,\n):\n    """What.\n\n    More.\n    """\n    b = a\n\n    # why\n    return b\n'
    assert list(functions(source)) == [("f", 3)]


def sources(folder: str) -> Iterator[Path]:
    return (path for path in sorted((ROOT / folder).rglob("*.py")) if "migrations" not in path.parts)


def functions(source: str) -> Iterator[tuple[str, int]]:
    """Each function and the number of lines of its body, without docstring and empty lines."""
    lines = source.splitlines()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            after_docstring = node.body[ast.get_docstring(node) is not None :]
            first = after_docstring[0].lineno if after_docstring else node.end_lineno
            yield node.name, sum(bool(line.strip()) for line in lines[first - 1 : node.end_lineno])


def test_the_tests_that_begin_are_there():
    names = {path.name for path in (ROOT / "tests").rglob("test_*.py")}
    assert not set(LONG) - names, "tests/xdist_scheduling.py names tests that are gone"
