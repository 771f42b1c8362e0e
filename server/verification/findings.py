"""What was found about a case, in sentences: the number of parameters, and the reproduced predictions."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from server.verification.models import CaseFile, VerificationCase


@dataclass(frozen=True)
class Finding:
    """A sentence; `tone` is a class of the style sheet."""

    text: str
    tone: str = ""


NOT_COUNTED = Finding("No weights were uploaded, so the server counted nothing.")


def findings_of(case: VerificationCase) -> list[Finding]:
    """What is known of the number of parameters: declared, counted by the team, counted by a worker; the limit."""
    found = [*_stated(case), *_counted(case)]
    return found if len(found) > 1 else [*found, NOT_COUNTED]


def _stated(case: VerificationCase) -> Iterator[Finding]:
    submission, track = case.submission, case.submission.phase.track
    declared = "nothing" if submission.parameters is None else f"{submission.parameters:,} parameters"
    rule = f" {track.parameter_rule}" if track.parameter_limit else ""
    yield Finding(f"The submission declares {declared}.{rule}")
    if case.parameters is not None:
        yield _compared(case, "The team counted", case.parameters)


def _compared(case: VerificationCase, who: str, number: int) -> Finding:
    """A count beside the declared number and the limit."""
    declared, limit = case.submission.parameters, case.submission.phase.track.parameter_limit
    said = f"{who} {number:,} parameters"
    if limit and number >= limit:
        return Finding(f"{said}: the limit is exceeded.", "danger")
    if declared is None:
        return Finding(f"{said}.")
    if number > declared:
        return Finding(f"{said}: {number - declared:,} more than declared.", "warning")
    return Finding(f"{said}, as declared." if number == declared else f"{said}, fewer than declared.", "success")


def last_weights(case: VerificationCase) -> CaseFile | None:
    """The weights that came last: a worker counts all of a case together, and notes it there."""
    return case.files.filter(kind=CaseFile.Kind.WEIGHTS).order_by("sent_at").last()


def _counted(case: VerificationCase) -> Iterator[Finding]:
    file = last_weights(case)
    if file is None:
        return
    outcome: dict[str, Any] | None = file.outcome
    if outcome is None:
        waits = "could not yet be counted, because of a server error" if file.last_error else "are being counted"
        yield Finding(f"The uploaded weights {waits}. Open this page again later.")
    elif refused := outcome.get("refused"):
        yield from (Finding(f"The uploaded weights cannot be counted: {why}", "warning") for why in refused)
    else:
        yield _compared(case, "The server counted", outcome["parameters"])
        yield from (Finding(f"{each['name']}: {each['parameters']:,} parameters.") for each in outcome["files"])
        yield from (Finding(note) for note in outcome["notes"])


@dataclass(frozen=True)
class Reproduction:
    """Predictions of the organisers beside the submitted ones; `lines` says how they compare."""

    file: CaseFile
    lines: tuple[Finding, ...]
    images: tuple[tuple[str, str], ...] = ()  # the worst: name, share of equal pixels


def reproductions_of(case: VerificationCase) -> list[Reproduction]:
    """The reproduced predictions of a case, the last one first. Their scores are for organisers."""
    files = case.files.filter(kind=CaseFile.Kind.PREDICTIONS).order_by("-sent_at")
    return [_reproduction(file) for file in files]


def _reproduction(file: CaseFile) -> Reproduction:
    outcome: dict[str, Any] | None = file.outcome
    if outcome is None:
        error = f"They could not be compared, and will be tried again: {file.last_error}"
        text = error if file.last_error else "A worker scores and compares them. Open this page again later."
        return Reproduction(file, (Finding(text, "warning" if file.last_error else ""),))
    if refused := outcome.get("refused"):
        return Reproduction(file, tuple(Finding(why, "warning") for why in refused))
    lines = tuple(Finding(line) for line in outcome["lines"])
    return Reproduction(file, lines, tuple((name, share) for name, share in outcome["worst"]))
