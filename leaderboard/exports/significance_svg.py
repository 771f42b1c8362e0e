"""The significance map as a standalone SVG file, for light paper: a mark for each pair of teams."""

from xml.etree import ElementTree

from leaderboard.exports.svg_elements import add, picture, written
from leaderboard.exports.table import SignificanceTable, plain
from leaderboard.significance.matrix import Relation, TeamRow

CELL, LETTER, LONGEST = 20, 7, 32  # in px the side of a cell and a letter's width; letters of a name
LEGEND_LINE = 22
STYLE = """
text { font: 12px system-ui, "Noto Sans", "Liberation Sans", Arial, sans-serif; fill: #1b1d21; }
.end { text-anchor: end; } .grid { fill: none; stroke: #dcdcd5; } .self { fill: #dcdcd5; }
.better { fill: #1837ff; } .worse { fill: #c84b00; } .alike { fill: none; stroke: #7d828b; stroke-width: 1.5; }
"""
SHAPES = {Relation.BETTER: "M0-6 6 5H-6Z", Relation.WORSE: "M0 6 6-5H-6Z"}
LEGEND = {
    Relation.BETTER: "the team of the row is significantly better",
    Relation.WORSE: "the team of the row is significantly worse",
    Relation.ALIKE: "not significantly different",
}


def figure(table: SignificanceTable) -> str:
    labels = [_label(row) for row in table.map.rows]
    left = LETTER * max(map(len, labels)) + 16
    side = CELL * len(labels)
    width, height = left + max(side, 360) + 8, left + side + 16 + LEGEND_LINE * len(LEGEND)
    root = picture(width, height, f"{table.title}: {table.map.title}", ". ".join(table.metadata_lines), STYLE)
    add(root, "rect", width="100%", height="100%", fill="#fff")
    for place, (row, label) in enumerate(zip(table.map.rows, labels, strict=True)):
        middle = left + CELL * place + CELL / 2
        add(root, "text", label, class_="end", x=left - 8, y=middle + 4)
        add(root, "text", label, transform=f"translate({middle + 4:g} {left - 8:g}) rotate(-90)")
        _draw_row(root, row, place, left)
    _draw_legend(root, left, left + side + 24)
    return written(root)


def _label(row: TeamRow) -> str:
    name = plain(row.name)
    return f"{row.rank} {name if len(name) <= LONGEST else name[: LONGEST - 1] + '…'}"


def _draw_row(root: ElementTree.Element, row: TeamRow, place: int, left: float) -> None:
    group = ElementTree.SubElement(root, "g")
    y = left + CELL * place
    for number, cell in enumerate(row.cells):
        x = left + CELL * number
        square = "self" if number == place else "grid"
        add(group, "rect", class_=square, x=x, y=y, width=CELL, height=CELL)
        if cell:
            _draw_mark(group, cell.relation, x + CELL / 2, y + CELL / 2)
            add(group[-1], "title", plain(cell.text))


def _draw_mark(parent: ElementTree.Element, relation: Relation, x: float, y: float) -> None:
    position: dict[str, str | float] = {"class_": str(relation), "transform": f"translate({x:g} {y:g})"}
    if relation == Relation.ALIKE:
        add(parent, "circle", **position, r=3)
    else:
        add(parent, "path", **position, d=SHAPES[relation])


def _draw_legend(root: ElementTree.Element, left: float, top: float) -> None:
    for number, (relation, words) in enumerate(LEGEND.items()):
        y = top + LEGEND_LINE * number
        _draw_mark(root, relation, left + 6, y)
        add(root, "text", words, x=left + 20, y=y + 4)
