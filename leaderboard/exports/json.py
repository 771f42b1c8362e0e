"""JSON; its shape is described in docs/exports.md. Numbers are the printed ones, percentages as percent."""

import json
from collections.abc import Mapping, Sequence

from leaderboard.classes.rows import ClassRow
from leaderboard.exports.table import DASH, ClassTable, Curve, CurveTable, Row, Table

Json = Mapping[str, "Json"] | Sequence["Json"] | str | float | None


def table(table: Table) -> str:
    return _document(table, columns=_columns(table), rows=[_row(table, row) for row in table.rows])


def _columns(table: Table) -> list[dict[str, Json]]:
    """What is known of each column; of those of published tables, neither decimals nor direction."""
    return [
        {"key": column.key, "title": column.title, "unit": column.unit}
        | ({} if column.decimals is None else {"decimals": column.decimals})
        | ({} if column.decimals is None else {"higher_is_better": column.higher_is_better})
        for column in table.columns
    ]


def curves(table: CurveTable) -> str:
    """The values are named by the curve's metric, the best x by the metric that tells it."""
    axes = table.axes
    curves = [
        {
            "team": curve.team,
            "rank": curve.rank,
            f"peak_{axes.key}": float(curve.peak),
            axes.peak_x.key: curve.peak_x,
            axes.key: [*map(_float, curve.printed)],
            **_band(curve),
            "interval": curve.headline_interval and [*map(_float, curve.headline_interval)],
            "rank_interval": curve.rank_interval,
        }
        for curve in table.curves
    ]
    return _document(table, unit=axes.y.unit, curves=curves)


def _band(curve: Curve) -> dict[str, list[float | None]]:
    return {"low": [*map(_float, curve.low)], "high": [*map(_float, curve.high)]} if curve.low else {}


def _float(printed: str) -> float | None:
    return None if printed == DASH else float(printed)


def classes(table: ClassTable) -> str:
    teams = [{"team": row.team, "affiliation": row.affiliation or None, "rank": row.rank} for row in table.rows]
    unit = table.columns[0].unit
    return _document(table, unit=unit, columns=_columns(table), teams=teams, classes=[*map(_class, table.classes)])


def _class(row: ClassRow) -> dict[str, Json]:
    values = [
        {
            end: text and float(text)
            for end, text in ((row.metric.key, one.printed), ("low", one.low), ("high", one.high))
        }
        for one in row.values
    ]
    return {
        "label": row.label,
        "name": row.name,
        "pixels": row.pixels,
        "in_truth": not row.absent,
        "difference": row.difference,
        "difference_interval": row.difference_ends,
        "significantly_different": row.significant if row.difference_ends else None,
        "values": values,
    }


def _row(table: Table, row: Row) -> dict[str, Json]:
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
        "may_be_best": row.may_be_best,
        "ranks": dict(row.ranks),
        "submitted_at": row.submitted_at or None,
        "parameters": row.parameters,
        "marks": [{"mark": mark.text, "reason": mark.reason} for mark in row.marks],
    }


def _number(printed: str) -> float | int | None:
    if printed == DASH:
        return None
    return float(printed) if "." in printed else int(printed)


def _document(table: Table, **parts: Json) -> str:
    document = {"title": table.title, **table.all_metadata, "content": table.content, **parts}
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"
