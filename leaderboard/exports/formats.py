"""The file formats of boards, curves, classes and the paper's tables; each is a pure function of a Table."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from leaderboard.exports import bibtex, csv, json, latex, markdown, pgfplots, svg


@dataclass(frozen=True)
class Format:
    """How a Table becomes a file. A format with `needs_curves` is for tables that have some."""

    extension: str
    content_type: str
    write: Callable[[Any], str]
    needs_curves: bool = False


LATEX = "application/x-tex; charset=utf-8"
TABLE_FORMATS = (
    Format("csv", "text/csv; charset=utf-8; header=present", csv.table),
    Format("json", "application/json", json.table),
    Format("md", "text/markdown; charset=utf-8", markdown.table),
    Format("tex", LATEX, latex.table),
    Format("bib", "application/x-bibtex; charset=utf-8", bibtex.citation),
)
CURVE_FORMATS = (
    Format("svg", "image/svg+xml", svg.figure, needs_curves=True),
    Format("pgf.tex", LATEX, pgfplots.figure, needs_curves=True),
    Format("curves.csv", "text/csv; charset=utf-8; header=present", csv.curves, needs_curves=True),
    Format("curves.json", "application/json", json.curves, needs_curves=True),
)
CLASS_FORMATS = (
    Format("csv", "text/csv; charset=utf-8; header=present", csv.classes),
    Format("json", "application/json", json.classes),
)
