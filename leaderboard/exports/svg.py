"""The curve figure as a standalone SVG file: for light paper, with its own style and the legend below."""

from xml.etree import ElementTree

from django.template.loader import render_to_string

from evaluator.contract import Metric
from leaderboard.exports.svg_elements import add, picture, written
from leaderboard.exports.table import DASH, Curve, CurveTable
from leaderboard.figures import curve as figures
from leaderboard.figures.curve import Band, Figure, Series

COLOURS = ("#1837ff", "#ef5c03", "#2a5548", "#a55f9b", "#4e0000", "#4491fe", "#6c0497", "#001751")  # --s1 … --s8
DASHES = ("none", "7 4", "2 3", "9 3 2 3")
STYLE = """
text { font: 13px system-ui, "Noto Sans", "Liberation Sans", Arial, sans-serif; fill: #50555e; }
.name { fill: #1b1d21; } .x { text-anchor: middle; } .end { text-anchor: end; }
.grid { stroke: #dcdcd5; } .axis { stroke: #1b1d21; fill: none; } .curve { fill: none; stroke-width: 2; }
"""
LEGEND_LINE = 24
ONE_COLUMN_FROM = 48  # letters: two labels of this length do not fit side by side


def figure(table: CurveTable) -> str:
    plot = figures.figure([_curve(table.axes.y, curve) for curve in table.curves], table.axes, table.window)
    columns = legend_columns(table)
    height = plot.height + 12 + LEGEND_LINE * -(-len(plot.series) // columns)
    title = f"{table.title}: {table.axes.name}s"
    root = picture(plot.width, height, title, ". ".join(table.metadata_lines), STYLE)
    root.append(_marks())
    add(root, "rect", width="100%", height="100%", fill="#fff")
    _draw_axes(root, plot)
    inside = _clip_group(root, plot)
    for series, curve in zip(plot.series, table.curves, strict=True):
        _draw_curve(inside, series, curve.description)
    for series in plot.series:
        if series.peak_visible:
            _draw_mark(root, series, series.peak.x, series.peak.y)
    for number, series in enumerate(plot.series):
        x = plot.left + number % columns * (plot.right - plot.left) // columns
        _draw_key(root, series, x, plot.height + 16 + number // columns * LEGEND_LINE)
    return written(root)


def legend_columns(table: CurveTable) -> int:
    return 1 if max(len(curve.label) for curve in table.curves) >= ONE_COLUMN_FROM else 2


def _curve(metric: Metric, curve: Curve) -> figures.Curve:
    values, low, high = (
        [None if text == DASH else float(text) / metric.scale for text in edge]
        for edge in (curve.printed, curve.low, curve.high)
    )
    band = Band(low, high) if low else None
    return figures.Curve("", curve.label, values, curve.peak_x, curve.palette_index, band)


def _clip_group(root: ElementTree.Element, plot: Figure) -> ElementTree.Element:
    """A group that is clipped at the axes."""
    clip = ElementTree.SubElement(root, "clipPath", {"id": "plot"})
    size = {"width": plot.right - plot.left, "height": plot.bottom - plot.top}
    add(clip, "rect", x=plot.left, y=plot.top, **size)
    return ElementTree.SubElement(root, "g", {"clip-path": "url(#plot)"} if plot.clipped else {})


def _marks() -> ElementTree.Element:
    """The marks of the pages' figure, so that a team looks the same here and there."""
    marks = ElementTree.fromstring(render_to_string("leaderboard/figures/curve_marks.html"))  # noqa: S314  (ours)
    return next(marks.iter("defs"))


def _draw_axes(root: ElementTree.Element, plot: Figure) -> None:
    for tick in plot.y_ticks:
        add(root, "line", class_="grid", x1=plot.left, x2=plot.right, y1=tick.at, y2=tick.at)
        add(root, "text", tick.text, class_="end", x=plot.left - 8, y=tick.at + 4.5)
    for tick in plot.x_ticks:
        add(root, "line", class_="axis", x1=tick.at, x2=tick.at, y1=plot.bottom, y2=plot.bottom + 4)
        add(root, "text", tick.text, class_="x", x=tick.at, y=plot.bottom + 20)
    add(root, "path", class_="axis", d=f"M{plot.left} {plot.top}V{plot.bottom}H{plot.right}")
    add(root, "text", plot.axes.y_title, class_="name", x=plot.left + 6, y=plot.top - 4)
    add(root, "text", plot.axes.x_word, class_="name end", x=plot.right, y=plot.bottom + 42)


def _draw_curve(root: ElementTree.Element, series: Series, description: str) -> None:
    if series.band:
        add(root, "polygon", points=series.polygon, fill=COLOURS[series.colour - 1], **{"fill-opacity": ".16"})
    line = _stroke(series) | {"points": series.polyline}
    add(root, "polyline", class_="curve", **line)
    add(root[-1], "title", description)


def _draw_key(root: ElementTree.Element, series: Series, x: float, y: float) -> None:
    add(root, "line", class_="curve", x1=x, x2=x + 28, y1=y, y2=y, **_stroke(series))
    _draw_mark(root, series, x + 14, y)
    add(root, "text", series.label, class_="name", x=x + 36, y=y + 4.5)


def _draw_mark(root: ElementTree.Element, series: Series, x: float, y: float) -> None:
    """Filled; hollow for those that share their colour with an earlier one."""
    colour = COLOURS[series.colour - 1]
    fill, stroke = (colour, "#fff") if series.dash == 1 else ("#fff", colour)
    position = f"translate({x:g} {y:g})"
    add(root, "use", href=f"#mark-{series.colour}", transform=position, fill=fill, stroke=stroke)


def _stroke(series: Series) -> dict[str, str]:
    return {"stroke": COLOURS[series.colour - 1], "stroke-dasharray": DASHES[series.dash - 1]}
