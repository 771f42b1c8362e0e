"""What crosses between the server and the evaluator, and nothing else: frozen values, JSON in and out."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

PACK_STARTS = b"LIDPACK"  # the first bytes of every pack, of any version
MOST_PIXELS = 2**26  # of one image or map; Pillow itself warns at 89 million
MOST_PROBLEMS = 50_000  # written out; problem_count still tells the true number
LONGEST_NAME = 120
UNCERTAINTY_VERSION = "1.0"  # names the meaning of intervals and comparisons; changes when any number would

Progress = Callable[[str, int, int], None]  # is told the stage, the images done and the images in all

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
    "size_mismatch": "a map has not its image's width and height",
    "label_out_of_range": "a pixel has a label above the last class",
}


class ManifestError(ValueError):
    """A manifest that cannot be used: ours to mend, never a team's."""


def printable(text: str) -> str:
    """Return `text` with every control, bidi, surrogate or other unprintable character spelled out: \\x1b."""
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else _spelled(letter) for letter in text)


def shown(name: str) -> str:
    """Return `name` fit to print, as `printable`, and at most LONGEST_NAME long."""
    clean = printable(name)
    if len(clean) <= LONGEST_NAME:
        return clean
    half = LONGEST_NAME // 2
    return f"{clean[: half - 1]}…{clean[-half:]}"


@dataclass(frozen=True)
class Problem:
    """One thing wrong with an archive, in words for its team.

    `code` is one of CODES. `file` is the member's name as `shown`, `<id>.png` where it is missing, or ""
    where the archive as a whole is meant. `found`, `expected` and `fix` are sentences.
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
    """The archive is at fault, which depends on it and the manifest only, never on ground-truth pixels."""

    def __init__(self, problems: Sequence[Problem], problem_count: int | None = None) -> None:
        self.problems = tuple(problems[:MOST_PROBLEMS])
        self.problem_count = len(problems) if problem_count is None else problem_count
        super().__init__(self.problems, self.problem_count)  # both, so that it crosses processes whole

    def __str__(self) -> str:
        """Count the problems and name the first."""
        first = self.problems[0]
        return f"{self.problem_count} problem(s), first {first.code}: {first.file}: {first.found}"

    def to_json(self) -> str:
        """One line of JSON: the outcome `rejected`."""
        problems = [asdict(problem) for problem in self.problems]
        return _line({"outcome": "rejected", "problems": problems, "problem_count": self.problem_count})


@dataclass(frozen=True)
class Result:
    """What an accepted archive earned: its scores, or None where it was only checked.

    `scores` are fractions of 1, JSON-safe: an undefined value is None. `scorer` and `version` name the
    meaning of the numbers and are "" for a check.
    """

    scores: dict[str, Any] | None
    warnings: tuple[str, ...] = ()
    scorer: str = ""
    version: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "warnings", tuple(map(printable, self.warnings)))

    def to_json(self) -> str:
        """One line of JSON: the outcome `scored` or `valid`."""
        if self.scores is None:
            return _line({"outcome": "valid", "warnings": self.warnings})
        made_by = {"scorer": self.scorer, "version": self.version}
        return _line({"outcome": "scored", **made_by, "scores": self.scores, "warnings": self.warnings})


def read_outcome(line: str) -> Result:
    """Read back the line that `python -m evaluator ... --json` ends with.

    Raises Rejected for a rejection, ValueError for anything that is no outcome.
    """
    try:
        outcome = json.loads(line)
        kind = outcome["outcome"]
        if kind == "rejected":
            problems = [Problem(**problem) for problem in outcome["problems"]]
            raise Rejected(problems, outcome["problem_count"])
        if kind not in {"scored", "valid"}:
            raise ValueError(f"unknown outcome {kind!r}")
        scores = outcome["scores"] if kind == "scored" else None
        made_by = outcome.get("scorer", ""), outcome.get("version", "")
        return Result(scores, tuple(outcome["warnings"]), *made_by)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not an outcome of the evaluator: {error!r}") from error


@dataclass(frozen=True)
class ImageEntry:
    """One image of a split: its id and its size in pixels."""

    id: str
    width: int
    height: int

    @property
    def pixels(self) -> int:
        """Width times height."""
        return self.width * self.height


@dataclass(frozen=True)
class Manifest:
    """The public facts of a split: all that a verdict on an archive may depend on.

    `options` are the scorer's, complete. `max_side` and `max_pixels` bound a map where the scorer resizes.
    `scorer_version` names the meaning of the numbers that the ground truth was packed for; no verdict needs it.
    """

    scorer: str
    options: dict[str, Any]
    images: tuple[ImageEntry, ...]
    max_side: int
    max_pixels: int
    scorer_version: str = ""

    def __post_init__(self) -> None:
        if not self.images:
            raise ManifestError("the manifest lists no image")
        if len(self.ids) != len(self.images):
            raise ManifestError("the manifest lists an image twice")
        for image in self.images:
            if not (image.width > 0 and image.height > 0 and image.pixels <= MOST_PIXELS):
                raise ManifestError(f"image {image.id} has an impossible size {image.width}×{image.height}")
        if not (self.max_side > 0 and 0 < self.max_pixels <= MOST_PIXELS):
            raise ManifestError(f"max_side must be above 0, max_pixels from 1 to {MOST_PIXELS}")

    @cached_property
    def ids(self) -> frozenset[str]:
        """Every image id, for look-ups."""
        return frozenset(image.id for image in self.images)

    def to_json(self) -> str:
        """JSON with one image a line, so that two manifests can be compared by eye."""
        head: dict[str, Any] = {"scorer": self.scorer, "options": self.options}
        head |= {"scorer_version": self.scorer_version}
        head |= {"max_side": self.max_side, "max_pixels": self.max_pixels}
        images = ",\n".join(json.dumps(asdict(image)) for image in self.images)
        return f'{json.dumps(head)[:-1]}, "images": [\n{images}\n]}}\n'

    @classmethod
    def from_json(cls, text: str | bytes) -> Manifest:
        """Read a manifest; raises ManifestError where it is none."""
        try:
            facts = json.loads(text)
            images = [
                ImageEntry(str(entry["id"]), int(entry["width"]), int(entry["height"]))
                for entry in facts["images"]
            ]
            bounds = int(facts["max_side"]), int(facts["max_pixels"])
            version = str(facts.get("scorer_version", ""))
            return cls(str(facts["scorer"]), dict(facts["options"]), tuple(images), *bounds, version)
        except ManifestError:
            raise
        except (ValueError, KeyError, TypeError) as error:
            raise ManifestError(f"not a manifest: {error!r}") from error


def _spelled(letter: str) -> str:
    return letter.encode("unicode_escape").decode()


def _line(outcome: dict[str, Any]) -> str:
    return json.dumps(outcome, allow_nan=False)
