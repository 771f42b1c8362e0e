"""Checks an archive before it is sent, by the evaluator's own code: the server says the same in the same words."""

from __future__ import annotations

import os
from pathlib import Path

from evaluator.contract import Manifest, Result
from evaluator.file_matching import OtherSplits
from evaluator.inspection import MapRules, inspected
from evaluator.png.header import FORMATS
from evaluator.zip.archive import NotAFile
from lid_client.failures import WRONG_USAGE, Failure, reason_of


class CannotCheck(Failure):
    """Nothing can be said of an archive here; the server checks it all the same."""

    def __init__(self, why: str) -> None:
        super().__init__(WRONG_USAGE, f"{why} The server checks every archive.")


def check(file: Path, manifest: Manifest, others: OtherSplits, *, full: bool = False) -> Result:
    """Check names and PNG headers, or all that needs no ground truth. Raises the evaluator's Rejected."""
    try:
        if full:
            return _fully(file, manifest, others)
        with inspected(file, manifest, _rules(manifest), others=others) as found:
            return Result(None, found.warnings)
    except (NotAFile, OSError) as error:
        raise Failure(WRONG_USAGE, f"{file}: {reason_of(error)}.") from error


def _rules(manifest: Manifest) -> MapRules:
    if not hasattr(os, "pread"):
        raise CannotCheck("Archives cannot be checked on this system.")
    if manifest.pixel_format not in FORMATS:
        raise CannotCheck("This version of lid does not know what maps this split wants.")
    return MapRules(FORMATS[manifest.pixel_format], manifest.resizes)


def _fully(file: Path, manifest: Manifest, others: OtherSplits) -> Result:
    try:
        from evaluator.engine import check as check_everything  # noqa: PLC0415  (it needs numpy)
    except ImportError as error:
        raise needs_extra(error) from error
    return check_everything(file, manifest, others=others)


def needs_extra(error: ImportError) -> Failure:
    """Return what to say where the evaluator's stack is missing."""
    return Failure(WRONG_USAGE, f"This needs Python 3.11 and the extra lid[score]: {error}.")
