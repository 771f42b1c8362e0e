"""The file formats of boards, curves, classes and the paper's tables; each is a pure function of a Table."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from leaderboard.exports import bibtex, csv, json, latex, markdown, pgfplots, significance_svg, svg
from leaderboard.exports.table import ClassTable, CurveTable, SignificanceTable, Table

AnyTable = TypeVar("AnyTable", bound=Table)


@dataclass(frozen=True)
class Format(Generic[AnyTable]):
    """How a table becomes a file."""

    name: str  # as the links say it, beneath the name of its group
    group: str
    extension: str
    content_type: str
    write: Callable[[AnyTable], str]


LATEX = "application/x-tex; charset=utf-8"
TABLE_FORMATS: tuple[Format[Table], ...] = (
    Format("CSV", "Table", "csv", "text/csv; charset=utf-8; header=present", csv.table),
    Format("JSON", "Table", "json", "application/json", json.table),
    Format("Markdown", "Table", "md", "text/markdown; charset=utf-8", markdown.table),
    Format("LaTeX", "Table", "tex", LATEX, latex.table),
    Format("BibTeX", "Citation", "bib", "application/x-bibtex; charset=utf-8", bibtex.citation),
)
CURVE_FORMATS: tuple[Format[CurveTable], ...] = (
    Format("SVG", "Curves", "svg", "image/svg+xml", svg.figure),
    Format("pgfplots", "Curves", "pgf.tex", LATEX, pgfplots.figure),
    Format("CSV", "Curves", "curves.csv", "text/csv; charset=utf-8; header=present", csv.curves),
    Format("JSON", "Curves", "curves.json", "application/json", json.curves),
)
SIGNIFICANCE_FORMATS: tuple[Format[SignificanceTable], ...] = (
    Format("SVG", "Significance map", "svg", "image/svg+xml", significance_svg.figure),
)
CLASS_FORMATS: tuple[Format[ClassTable], ...] = (
    Format("CSV", "Classes", "csv", "text/csv; charset=utf-8; header=present", csv.classes),
    Format("JSON", "Classes", "json", "application/json", json.classes),
)
