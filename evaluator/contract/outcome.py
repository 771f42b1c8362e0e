"""The outcome of a check or a score: a result, or a rejection with its validation issues; to JSON and back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

MOST_PROBLEMS = 50_000  # written out; problem_count is the full number
LONGEST_NAME = 120
NAMES_LISTED = 5

CODES = {
    "bad_zip": "the archive, or one file in it, cannot be read as a zip",
    "empty_archive": "the archive holds no PNG",
    "unsafe_path": "a name is absolute or leads out of the archive, or an entry is a link",
    "duplicate_id": "two files claim the same image",
    "missing_file": "an image of the split has no file",
    "encrypted": "a file needs a password",
    "unsupported_compression": "a file is compressed by something other than deflate",
    "too_large": "a file or map is larger than any map of this split can be",
    "not_an_image": "a file is no PNG, or a damaged one",
    "bad_mode": "a PNG of the wrong kind: colour, alpha, 16 bit, or a palette where grey is needed",
    "ambiguous_palette": "a palette in which a colour's index may not be its label",
    "size_mismatch": "the map's size differs from its image's",
    "label_out_of_range": "a pixel has a label above the last class",
}


def printable(text: str) -> str:
    """Return `text` with every control, bidi, surrogate or other unprintable character escaped: \\x1b."""
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else _escaped(letter) for letter in text)


def shown(name: str) -> str:
    """Return `name` as `printable` does, shortened to at most LONGEST_NAME characters."""
    clean = printable(name)
    if len(clean) <= LONGEST_NAME:
        return clean
    half = LONGEST_NAME // 2
    return f"{clean[: half - 1]}…{clean[-half:]}"


def some_of(names: Sequence[str]) -> str:
    """Return the first names as `shown`, and how many more there are: "a, b and 3 more"."""
    return files_in_words([shown(name) for name in names[:NAMES_LISTED]], len(names))


@dataclass(frozen=True)
class ValidationIssue:
    """One problem of an archive, in words for its team.

    `code` is one of CODES. `file` is the member's name as `shown`, `<id>.png` where it is missing, or ""
    for the archive as a whole. `found`, `expected` and `fix` are sentences.
    """

    code: str
    file: str
    found: str
    expected: str
    fix: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "file", shown(self.file))
        for name in ("found", "expected", "fix"):  # which may quote names
            object.__setattr__(self, name, printable(getattr(self, name)))


class Rejected(Exception):
    """The archive is at fault; this depends on the archive and the manifest only, never on ground-truth pixels."""

    def __init__(self, problems: Sequence[ValidationIssue], problem_count: int | None = None) -> None:
        self.problems = tuple(problems[:MOST_PROBLEMS])
        self.problem_count = len(problems) if problem_count is None else problem_count
        super().__init__(self.problems, self.problem_count)  # both, so that pickling keeps them

    def __str__(self) -> str:
        """Return the number of problems and the first of them."""
        first = self.problems[0]
        return f"{self.problem_count} problem(s), first {first.code}: {first.file}: {first.found}"

    def to_json(self) -> str:
        """Return one line of JSON: the outcome `rejected`."""
        problems = [asdict(problem) for problem in self.problems]
        return _line({"outcome": "rejected", "problems": problems, "problem_count": self.problem_count})


@dataclass(frozen=True)
class Result:
    """The outcome of a valid archive: its scores, or None where it was only checked.

    `scores` are JSON-safe, undefined values None. `scorer` and `version` tell the meaning of the numbers and are
    "" for a check.
    """

    scores: dict[str, Any] | None
    warnings: tuple[str, ...] = ()
    scorer: str = ""
    version: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "warnings", tuple(map(printable, self.warnings)))

    def to_json(self) -> str:
        """Return one line of JSON: the outcome `scored` or `valid`."""
        if self.scores is None:
            return _line({"outcome": "valid", "warnings": self.warnings})
        made_by = {"scorer": self.scorer, "version": self.version}
        return _line({"outcome": "scored", **made_by, "scores": self.scores, "warnings": self.warnings})


@dataclass(frozen=True)
class IssueGroup:
    """Validation issues that differ only in their file, as a report tells them: once, with all files."""

    code: str
    found: str
    expected: str
    fix: str
    files: list[str] = field(default_factory=list)

    @property
    def key(self) -> tuple[str, str, str, str]:
        """Everything but the files."""
        return self.code, self.found, self.expected, self.fix


def files_in_words(files: Sequence[str], count: int) -> str:
    """Name the files and how many of `count` they are not; an archive as a whole has no name."""
    names = ", ".join(file or "the archive" for file in files)
    return f"{names} and {count - len(files):,} more" if count > len(files) else names


def grouped(problems: Iterable[Mapping[str, str]]) -> list[IssueGroup]:
    """Group issues, as dicts, that are equal but for the file; in the order of each group's first."""
    groups: dict[tuple[str, str, str, str], IssueGroup] = {}
    for problem in problems:
        key = problem["code"], problem["found"], problem["expected"], problem["fix"]
        groups.setdefault(key, IssueGroup(*key)).files.append(problem["file"])
    return list(groups.values())


def read_outcome(line: str) -> Result:
    """Read the last line that `python -m evaluator ... --json` prints.

    Raises Rejected for a rejection, and ValueError for anything that is not an outcome.
    """
    try:
        outcome = json.loads(line)
        kind = outcome["outcome"]
        if kind == "rejected":
            problems = [ValidationIssue(**problem) for problem in outcome["problems"]]
            raise Rejected(problems, outcome["problem_count"])
        if kind not in {"scored", "valid"}:
            raise ValueError(f"unknown outcome {kind!r}")
        scores = outcome["scores"] if kind == "scored" else None
        made_by = outcome.get("scorer", ""), outcome.get("version", "")
        return Result(scores, tuple(outcome["warnings"]), *made_by)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not an outcome of the evaluator: {error!r}") from error


def _escaped(letter: str) -> str:
    return letter.encode("unicode_escape").decode()


def _line(outcome: dict[str, Any]) -> str:
    return json.dumps(outcome, allow_nan=False)
