"""What packing finds in ground truth: faults, for which nothing is packed, and warnings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evaluator.contract import some_of

MOST_FAULTS = 12  # told, each with some of its files; the server keeps the last 20 lines of an error


class Findings:
    """Texts in the order in which they were found, equal ones once, with the files that they are about."""

    def __init__(self) -> None:
        self._faults: dict[str, list[str]] = {}
        self._warnings: dict[str, list[str]] = {}

    def fault(self, text: str, file: str) -> None:
        """Add what is wrong with a file."""
        self._faults.setdefault(text, []).append(file)

    def warning(self, text: str, file: str) -> None:
        """Add what is odd about a file, or that it was skipped."""
        self._warnings.setdefault(text, []).append(file)

    @property
    def has_faults(self) -> bool:
        """Whether nothing may be packed."""
        return bool(self._faults)

    @property
    def warnings(self) -> Iterator[str]:
        """The warnings, one line each."""
        return (_line(text, files) for text, files in self._warnings.items())

    def __str__(self) -> str:
        """Return the faults and the warnings, one line each."""
        faults = [_line(text, files) for text, files in self._faults.items()]
        more = len(faults) - MOST_FAULTS
        if more > 0:
            faults[MOST_FAULTS:] = [f"… and {more} other fault{'s'[: more > 1]}"]
        return "\n".join([*faults, *self.warnings])


def _line(text: str, files: Sequence[str]) -> str:
    return f"{some_of(files)}: {text}"
