"""The file formats of boards, curves, classes and the paper's tables; each is a pure function of a Table."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from leaderboard.exports import bibtex, csv, json, latex, markdown, pgfplots, svg
from leaderboard.exports.table import ClassTable, CurveTable, Table

AnyTable = TypeVar("AnyTable", bound=Table)


@dataclass(frozen=True)
class Format(Generic[AnyTable]):
    """How a table becomes a file."""

    extension: str
    content_type: str
    write: Callable[[AnyTable], str]


LATEX = "application/x-tex; charset=utf-8"
TABLE_FORMATS: tuple[Format[Table], ...] = (
    Format("csv", "text/csv; charset=utf-8; header=present", csv.table),
    Format("json", "application/json", json.table),
    Format("md", "text/markdown; charset=utf-8", markdown.table),
    Format("tex", LATEX, latex.table),
    Format("bib", "application/x-bibtex; charset=utf-8", bibtex.citation),
)
CURVE_FORMATS: tuple[Format[CurveTable], ...] = (
    Format("svg", "image/svg+xml", svg.figure),
    Format("pgf.tex", LATEX, pgfplots.figure),
    Format("curves.csv", "text/csv; charset=utf-8; header=present", csv.curves),
    Format("curves.json", "application/json", json.curves),
)
CLASS_FORMATS: tuple[Format[ClassTable], ...] = (
    Format("csv", "text/csv; charset=utf-8; header=present", csv.classes),
    Format("json", "application/json", json.classes),
)
