"""The contents of a paper pack: its files by their names in the zip, made one after the other."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from django.template.loader import render_to_string
from django.utils import timezone

from leaderboard.exports.bibtex import citation
from leaderboard.exports.latex import escaped
from server.audit.services import ADDRESS, ADDRESS_LEFT_OUT
from server.results import pack_rows
from server.results.contents import BoardNow, File, board_now
from server.results.statistics import PhaseStatistics, statistics_of
from server.results.statistics_files import files_of
from server.time_format import format_iso
from server.tracks.models import Phase

FOLDERS = {"Table": "tables", "Citation": "tables", "Curves": "curves", "Significance map": "significance"}
MEMBERS = "members.csv"  # e-mail addresses that people wrote into texts are left out of all other files
PREAMBLE = r"""\documentclass{article}
\usepackage[landscape,margin=2cm]{geometry}
\usepackage{iftex}
\ifPDFTeX
  \usepackage[utf8]{inputenc}
  \usepackage[T1]{fontenc}
\else
  \usepackage{fontspec}
\fi
\usepackage{booktabs}
\usepackage{pgfplots}
\pgfplotsset{compat=1.16}"""


def write_pack(path: Path, phases: Sequence[Phase], tick: Callable[[], None] = lambda: None) -> None:
    """Write the zip; `tick` is called before each of its files and may stop it by raising."""
    now = timezone.now()
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for name, text in _files(phases, format_iso(now)):
            tick()
            member = ZipInfo(name, now.timetuple()[:6])
            member.compress_type, member.external_attr = ZIP_DEFLATED, 0o600 << 16
            kept = text if name == MEMBERS else ADDRESS.sub(ADDRESS_LEFT_OUT, text)
            archive.writestr(member, kept.encode())


def _files(phases: Sequence[Phase], made_at: str) -> Iterator[tuple[str, str]]:
    boards, names = [], []
    for phase in phases:
        board = board_now(phase, include_hidden=True)
        boards.append(board)
        for file in _of_phase(board, statistics_of(phase)):
            names.append(file.name)
            yield file.name, file.content
    decisions = pack_rows.decisions_of(phases)
    yield "submissions.csv", pack_rows.submissions_csv(phases)
    yield MEMBERS, pack_rows.members_csv(phases)
    yield "decisions.csv", pack_rows.decisions_csv(decisions)
    yield "decisions.md", pack_rows.decisions_markdown(decisions)
    yield "references.bib", "\n".join(citation(board.table) for board in boards if board.rows)
    yield "main.tex", main_tex(boards)
    context = {"phases": phases, "made_at": made_at, "names": names}
    yield "README.md", render_to_string("results/pack_readme.md", context)


def _of_phase(board: BoardNow, statistics: PhaseStatistics) -> Iterator[File]:
    """The files of a phase, with their folder before their names. A board without rows has no table."""
    files = board.files() if board.rows else iter(())
    for file in (*files, *files_of(board.phase, statistics)):
        if file.group != "Citation":
            folder = FOLDERS.get(file.group, "statistics")
            yield File(f"{folder}/{file.name}", file.group, file.title, file.content_type, file.content)


def main_tex(boards: Sequence[BoardNow]) -> str:
    """A document that inputs every table and figure."""
    lines = [
        "% Compile with pdflatex, or with lualatex or xelatex where names need other scripts than Latin.",
        PREAMBLE,
        r"\begin{document}",
        *(line for board in boards if board.rows for line in _inputs(board)),
        r"\end{document}",
    ]
    return "\n".join([*lines, ""])


def _inputs(board: BoardNow) -> Iterator[str]:
    name = board.table.name
    yield rf"\input{{tables/{name}.tex}}"
    if curves := board.curves:
        yield r"\begin{figure}"
        yield r"  \centering"
        yield rf"  \input{{curves/{name}.pgf.tex}}"
        yield rf"  \caption{{{escaped(f'{curves.title}: {curves.axes.name}s')}}}"
        yield rf"  \label{{fig:{name}}}"
        yield r"\end{figure}"
    yield r"\clearpage"
