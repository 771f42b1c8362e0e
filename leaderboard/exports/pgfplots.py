"""The curve figure as pgfplots source: with the colours and marks of the page's figure."""

from collections.abc import Iterable

from leaderboard.exports.latex import comments, escaped
from leaderboard.exports.svg import COLOURS, legend_columns
from leaderboard.exports.table import Row, Table
from leaderboard.figures.iou_curve import WHOLE, Window, style_of

MARKS = (
    *("mark=*", "mark=square*", "mark=triangle*", "mark=diamond*"),
    r"mark=triangle*, every mark/.append style={rotate=180}",
    "mark=x, every mark/.append style={ultra thick}",
    *("mark=star", "mark=pentagon*"),
)
DASHES = ("solid", "densely dashed", "densely dotted", "dashdotted")
AXIS = r"""
  width=\linewidth, height=0.55\linewidth, axis lines=left, grid=major, grid style={black!12},
  xlabel={Threshold}, ylabel={IoU (\%)}, mark options={solid, scale=1.3},
  legend style={at={(0.5,-0.22)}, anchor=north, draw=none, font=\footnotesize},
  legend style={/tikz/every even column/.append style={column sep=1em}},
  legend cell align=left, legend columns="""


def figure(table: Table) -> str:
    lines = [
        *comments(table, r"pgfplots, with \pgfplotsset{compat=1.16} or later; [T1]{fontenc}"),
        *(rf"\definecolor{{lid{number}}}{{HTML}}{{{hue[1:].upper()}}}" for number, hue in enumerate(COLOURS, 1)),
        r"\begin{tikzpicture}",
        rf"\begin{{axis}}[{_limits(table.window)},{AXIS}{legend_columns(table)}]",
        *(line for number, row in enumerate(table.rows_with_curve) for line in _plot(*_style(number, row), row)),
        r"\end{axis}",
        r"\end{tikzpicture}",
    ]
    return "\n".join([*lines, ""])


def _limits(window: Window) -> str:
    ticks = "xtick={0,64,128,192,255}" if (window.first, window.last) == WHOLE[:2] else "xtick pos=bottom"
    upper = "enlarge y limits={upper, value=0.05}" if window.high is None else f"ymax={window.high}"
    return f"xmin={window.first}, xmax={window.last}, {ticks}, ymin={window.low}, {upper}"


def _style(number: int, row: Row) -> tuple[int, int]:
    return style_of(number if row.curve.palette_index is None else row.curve.palette_index)


def _plot(colour: int, dash: int, row: Row) -> list[str]:
    """The band, if any, the curve, and on it the peak with its mark; the legend shows both."""
    style = [f"lid{colour}", "thick", DASHES[dash - 1]]
    mark = [*style, MARKS[colour - 1]]
    mark += ["every mark/.append style={fill=white}"] if dash > 1 else []
    around = [*enumerate(row.curve.low), *reversed([*enumerate(row.curve.high)])]
    fill = f"draw=none, fill=lid{colour}, fill opacity=0.16, forget plot"
    points = _points(enumerate(row.curve.printed))
    return [
        *([rf"\addplot[{fill}] coordinates {{{_points(around)}}};"] if around else []),
        rf"\addplot[{', '.join(style)}, forget plot] coordinates {{{points}}};",
        rf"\addplot[{', '.join(mark)}] coordinates {{({row.curve.peak_threshold},{row.curve.peak})}};",
        rf"\addlegendentry{{{escaped(row.label)}}}",
    ]


def _points(pairs: Iterable[tuple[int, str]]) -> str:
    return " ".join(f"({threshold},{iou})" for threshold, iou in pairs)
