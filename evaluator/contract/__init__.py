"""The interface between server and evaluator: values that cross as JSON. Needs neither numpy nor Pillow."""

from __future__ import annotations

from collections.abc import Callable

from evaluator.contract.agreement import Agreement, ImageAgreement
from evaluator.contract.description import (
    PER_CLASS,
    UNDEFINED,
    Curve,
    Help,
    Metric,
    ScorerDescription,
    class_band,
    page_facts,
    scorers,
)
from evaluator.contract.fingerprints import FINGERPRINTS, read_fingerprints
from evaluator.contract.manifest import MOST_PIXELS, PACK_FORMAT, PACK_STARTS, ImageEntry, Manifest, ManifestError
from evaluator.contract.outcome import (
    CODES,
    LONGEST_NAME,
    MOST_PROBLEMS,
    IssueGroup,
    Rejected,
    Result,
    ValidationIssue,
    files_in_words,
    grouped,
    printable,
    read_outcome,
    shown,
    some_of,
)
from evaluator.contract.truth_summary import LabelCount, SizeCount, TruthSummary
from evaluator.contract.weights import WEIGHT_CODES, CountedFile, ParameterCount

CONFIDENCE_PERCENT = 95  # of every confidence interval: scores, ranks, classes and curves
UNCERTAINTY_VERSION = "2.0"  # of the meaning of confidence intervals; changes when any of their numbers would

Progress = Callable[[str, int, int], None]  # called with the stage, the images done and the total

__all__ = [
    "CODES",
    "CONFIDENCE_PERCENT",
    "FINGERPRINTS",
    "LONGEST_NAME",
    "MOST_PIXELS",
    "MOST_PROBLEMS",
    "PACK_FORMAT",
    "PACK_STARTS",
    "PER_CLASS",
    "UNCERTAINTY_VERSION",
    "UNDEFINED",
    "WEIGHT_CODES",
    "Agreement",
    "CountedFile",
    "Curve",
    "Help",
    "ImageAgreement",
    "ImageEntry",
    "IssueGroup",
    "LabelCount",
    "Manifest",
    "ManifestError",
    "Metric",
    "ParameterCount",
    "Progress",
    "Rejected",
    "Result",
    "ScorerDescription",
    "SizeCount",
    "TruthSummary",
    "ValidationIssue",
    "class_band",
    "files_in_words",
    "grouped",
    "page_facts",
    "printable",
    "read_fingerprints",
    "read_outcome",
    "scorers",
    "shown",
    "some_of",
]
