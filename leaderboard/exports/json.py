"""JSON; its shape is described in docs/exports.md. Numbers are the printed ones, percentages as percent."""

import json

from leaderboard.classes.rows import ClassRow
from leaderboard.exports.table import DASH, ClassTable, Curve, Row, Table


def table(table: Table) -> str:
    columns = [{"key": column.key, "title": column.title, "unit": column.unit} for column in table.columns]
    return _document(table, columns=columns, rows=[_row(table, row) for row in table.rows])


def curves(table: Table) -> str:
    curves = [
        {
            "team": row.team,
            "rank": row.rank,
            "peak_iou": float(row.curve.peak),
            "peak_threshold": row.curve.peak_threshold,
            "iou": [float(iou) for iou in row.curve.printed],
        }
        | _band(row.curve)
        for row in table.rows_with_curve
    ]
    return _document(table, unit="%", curves=curves)


def _band(curve: Curve) -> dict[str, list[float]]:
    return {"low": [*map(float, curve.low)], "high": [*map(float, curve.high)]} if curve.low else {}


def classes(table: ClassTable) -> str:
    teams = [{"team": row.team, "affiliation": row.affiliation or None, "rank": row.rank} for row in table.rows]
    return _document(table, unit="%", teams=teams, classes=list(map(_class, table.classes)))


def _class(row: ClassRow) -> dict[str, object]:
    values = [
        {end: text and float(text) for end, text in (("iou", one.printed), ("low", one.low), ("high", one.high))}
        for one in row.values
    ]
    labels = {"label": row.label, "name": row.name, "pixels": row.pixels, "in_truth": not row.absent}
    return labels | {"difference": row.difference, "values": values}


def _row(table: Table, row: Row) -> dict[str, object]:
    return {
        "rank": row.rank,
        "team": row.team,
        "affiliation": row.affiliation or None,
        "values": {column.key: _number(value) for column, value in zip(table.columns, row.values, strict=True)},
        "intervals": {
            column.key: [_number(end) for end in ends]
            for column, ends in zip(table.columns, row.intervals, strict=False)
        },
        "rank_interval": row.rank_interval,
        "submitted_at": row.submitted_at or None,
        "parameters": row.parameters,
        "marks": [{"mark": mark.text, "reason": mark.reason} for mark in row.marks],
    }


def _number(printed: str) -> float | int | None:
    if printed == DASH:
        return None
    return float(printed) if "." in printed else int(printed)


def _document(table: Table, **parts: object) -> str:
    document = {"title": table.title, **table.all_metadata, "content": table.content, **parts}
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"
