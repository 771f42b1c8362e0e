"""A rejection as text for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from evaluator.contract import Rejected, files_in_words, grouped

PROBLEMS_IN_TEXT = 20  # of different kinds
FILES_IN_TEXT = 5  # of each
Told = tuple[str, str, str, str]  # code, found, expected, fix


def as_text(rejection: Rejected) -> str:
    """Return the problems of a rejection, those that differ only in their file told once."""
    groups = [(one.key, one.files, len(one.files)) for one in grouped(map(vars, rejection.problems))]
    return groups_as_text(groups, rejection.problem_count)


def groups_as_text(groups: Sequence[tuple[Told, Sequence[str], int]], problem_count: int) -> str:
    """Return the same of groups: what is told, the first files that have it, and the number of all of them."""
    lines = [f"Rejected: {problem_count} problem(s)."]
    shown = groups[:PROBLEMS_IN_TEXT]
    for (code, found, expected, fix), files, count in shown:
        lines.append(f"- {files_in_words(files[:FILES_IN_TEXT], count)}: {found} ({code})")
        lines.append(f"  Expected {expected}. {fix}")
    told = sum(count for _, _, count in shown)
    if problem_count > told:
        lines.append(f"… and {problem_count - told} more")
    return "\n".join(lines)
