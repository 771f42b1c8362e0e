"""The curve figure as pgfplots source: with the colours and marks of the page's figure."""

from collections.abc import Iterable

from leaderboard.exports.latex import comments, escaped
from leaderboard.exports.svg import COLOURS, legend_columns
from leaderboard.exports.table import DASH, Column, Curve, CurveTable
from leaderboard.figures.axes import Axes
from leaderboard.figures.curve import GREY_LEVELS, Window
from leaderboard.palette import Style, style_of

MARKS = (
    *("mark=*", "mark=square*", "mark=triangle*", "mark=diamond*"),
    r"mark=triangle*, every mark/.append style={rotate=180}",
    "mark=x, every mark/.append style={ultra thick}",
    *("mark=star", "mark=pentagon*"),
)
DASHES = ("solid", "densely dashed", "densely dotted", "dashdotted")
AXIS = r"""
  width=\linewidth, height=0.55\linewidth, axis lines=left, grid=major, grid style={black!12},
  mark options={solid, scale=1.3},
  legend style={at={(0.5,-0.22)}, anchor=north, draw=none, font=\footnotesize},
  legend style={/tikz/every even column/.append style={column sep=1em}},
  legend cell align=left, legend columns="""


def figure(table: CurveTable) -> str:
    lines = [
        *comments(table, r"pgfplots, with \pgfplotsset{compat=1.16} or later; [T1]{fontenc}"),
        *(f"% {curve.description}" for curve in table.curves),
        *(rf"\definecolor{{lid{number}}}{{HTML}}{{{hue[1:].upper()}}}" for number, hue in enumerate(COLOURS, 1)),
        r"\begin{tikzpicture}",
        rf"\begin{{axis}}[{_axis(table.axes, table.window)}{legend_columns(table)}]",
        *(line for number, curve in enumerate(table.curves) for line in _plot(*_style(number, curve), curve)),
        r"\end{axis}",
        r"\end{tikzpicture}",
    ]
    return "\n".join([*lines, ""])


def _axis(axes: Axes, window: Window) -> str:
    labels = f"xlabel={{{escaped(axes.x_title)}}}, ylabel={{{escaped(Column.of(axes.y).heading)}}}"
    return f"{_limits(axes, window)},\n  {labels},{AXIS}"


def _limits(axes: Axes, window: Window) -> str:
    last = axes.last_x if window.last is None else window.last
    whole = (window.first, last) == (0, GREY_LEVELS - 1)
    ticks = "xtick={0,64,128,192,255}" if whole else "xtick pos=bottom"
    upper = "enlarge y limits={upper, value=0.05}" if window.high is None else f"ymax={window.high}"
    return f"xmin={window.first}, xmax={last}, {ticks}, ymin={window.low}, {upper}"


def _style(number: int, curve: Curve) -> Style:
    return style_of(number if curve.palette_index is None else curve.palette_index)


def _plot(colour: int, dash: int, curve: Curve) -> list[str]:
    """The band, if any, the curve, and on it the peak with its mark; the legend shows both."""
    style = [f"lid{colour}", "thick", DASHES[dash - 1]]
    mark = [*style, MARKS[colour - 1]]
    mark += ["every mark/.append style={fill=white}"] if dash > 1 else []
    around = [*enumerate(curve.low), *reversed([*enumerate(curve.high)])]
    fill = f"draw=none, fill=lid{colour}, fill opacity=0.16, forget plot"
    points = _points(enumerate(curve.printed))
    return [
        *([rf"\addplot[{fill}] coordinates {{{_points(around)}}};"] if around else []),
        rf"\addplot[{', '.join(style)}, forget plot] coordinates {{{points}}};",
        rf"\addplot[{', '.join(mark)}] coordinates {{({curve.peak_x},{curve.peak})}};",
        rf"\addlegendentry{{{escaped(curve.label)}}}",
    ]


def _points(pairs: Iterable[tuple[int, str]]) -> str:
    return " ".join(f"({x},{value})" for x, value in pairs if value != DASH)
