"""The curve figure as pgfplots source: colours and marks of the page's figure, a mark at each peak."""

from leaderboard.exports.latex import comments, escaped
from leaderboard.exports.svg import COLOURS, legend_columns
from leaderboard.exports.table import Row, Table

MARKS = (
    *("mark=*", "mark=square*", "mark=triangle*", "mark=diamond*"),
    r"mark=triangle*, every mark/.append style={rotate=180}",
    "mark=x, every mark/.append style={ultra thick}",
    *("mark=star", "mark=pentagon*"),
)
DASHES = ("solid", "densely dashed", "densely dotted", "dashdotted")
AXIS = r"""
  width=\linewidth, height=0.55\linewidth, axis lines=left, grid=major, grid style={black!12},
  xlabel={Threshold}, xmin=0, xmax=255, xtick={0,64,128,192,255},
  ylabel={IoU (\%)}, ymin=0, enlarge y limits={upper, value=0.05}, mark options={solid, scale=1.3},
  legend style={at={(0.5,-0.22)}, anchor=north, draw=none, font=\footnotesize},
  legend style={/tikz/every even column/.append style={column sep=1em}},
  legend cell align=left, legend columns="""


def figure(table: Table) -> str:
    lines = [
        *comments(table, r"pgfplots, with \pgfplotsset{compat=1.16} or later; [T1]{fontenc}"),
        *(rf"\definecolor{{lid{number}}}{{HTML}}{{{hue[1:].upper()}}}" for number, hue in enumerate(COLOURS, 1)),
        r"\begin{tikzpicture}",
        rf"\begin{{axis}}[{AXIS}{legend_columns(table)}]",
        *(line for number, row in enumerate(table.drawn) for line in _plot(number, row)),
        r"\end{axis}",
        r"\end{tikzpicture}",
    ]
    return "\n".join([*lines, ""])


def _plot(number: int, row: Row) -> list[str]:
    """The curve, and on it the peak with its mark; the legend shows both."""
    style = [f"lid{number % len(COLOURS) + 1}", "thick", DASHES[number // len(COLOURS) % len(DASHES)]]
    mark = [*style, MARKS[number % len(COLOURS)]]
    mark += ["every mark/.append style={fill=white}"] if number >= len(COLOURS) else []
    points = " ".join(f"({threshold},{iou})" for threshold, iou in enumerate(row.curve.printed))
    return [
        rf"\addplot[{', '.join(style)}, forget plot] coordinates {{{points}}};",
        rf"\addplot[{', '.join(mark)}] coordinates {{({row.curve.peak_threshold},{row.curve.peak})}};",
        rf"\addlegendentry{{{escaped(row.label)}}}",
    ]
