"""Append-only tables, and rows that are frozen once something has happened to them: by database triggers."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.migrations import RunPython

SQLITE = {
    "no_update": "BEFORE UPDATE ON {table} BEGIN SELECT RAISE(ABORT, '{message}'); END",
    "no_delete": "BEFORE DELETE ON {table} BEGIN SELECT RAISE(ABORT, '{message}'); END",
    # INSERT OR REPLACE deletes without firing the trigger above
    "no_replace": (
        "BEFORE INSERT ON {table} WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id) "
        "BEGIN SELECT RAISE(ABORT, '{message}'); END"
    ),
}
POSTGRESQL = (
    """CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation'; END $$""",
    """CREATE TRIGGER {table}_no_update_no_delete BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION {table}_refuse()""",
)
POSTGRESQL_UNDO = (
    "DROP TRIGGER {table}_no_update_no_delete ON {table}",
    "DROP FUNCTION {table}_refuse()",
)
FROZEN_SQLITE = (
    """CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} WHEN OLD.{column} IS NOT NULL AND (CHANGED)
    BEGIN SELECT RAISE(ABORT, '{message}'); END""",
    """CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} WHEN OLD.{column} IS NOT NULL
    BEGIN SELECT RAISE(ABORT, '{message}'); END""",
)
FROZEN_SQLITE_UNDO = ("DROP TRIGGER {table}_no_update", "DROP TRIGGER {table}_no_delete")
FROZEN_POSTGRESQL = (
    POSTGRESQL[0],
    """CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} FOR EACH ROW
    WHEN (OLD.{column} IS NOT NULL AND (CHANGED)) EXECUTE FUNCTION {table}_refuse()""",
    """CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} FOR EACH ROW
    WHEN (OLD.{column} IS NOT NULL) EXECUTE FUNCTION {table}_refuse()""",
)
FROZEN_POSTGRESQL_UNDO = (
    "DROP TRIGGER {table}_no_update ON {table}",
    "DROP TRIGGER {table}_no_delete ON {table}",
    "DROP FUNCTION {table}_refuse()",
)
FROZEN = (("sqlite", "IS NOT", FROZEN_SQLITE), ("postgresql", "IS DISTINCT FROM", FROZEN_POSTGRESQL))
Statements = Mapping[str, Iterable[str]]


def append_only(table: str, message: str) -> RunPython:
    """Return a migration operation that makes a table append-only; both databases raise an IntegrityError.

    SQLite: a table that Django rebuilds for a later migration loses its triggers; that migration adds them again.
    PostgreSQL: TRUNCATE, which empties test databases, passes; only the owner of the table may do that.
    """
    created = [f"CREATE TRIGGER {{table}}_{name} {body}" for name, body in SQLITE.items()]
    dropped = [f"DROP TRIGGER {{table}}_{name}" for name in SQLITE]

    return _operation(
        {"sqlite": created, "postgresql": POSTGRESQL},
        {"sqlite": dropped, "postgresql": POSTGRESQL_UNDO},
        {"table": table, "message": message},
    )


def frozen_once(table: str, column: str, frozen: Iterable[str], message: str) -> RunPython:
    """Return a migration operation: once `column` is set, the row stays and so do its `frozen` columns."""
    created = {
        vendor: [
            statement.replace(
                "CHANGED", " OR ".join(f"OLD.{name} {differs} NEW.{name}" for name in [column, *frozen])
            )
            for statement in statements
        ]
        for vendor, differs, statements in FROZEN
    }
    undo = {"sqlite": FROZEN_SQLITE_UNDO, "postgresql": FROZEN_POSTGRESQL_UNDO}
    return _operation(created, undo, {"table": table, "column": column, "message": message})


def _operation(create: Statements, undo: Statements, words: dict[str, str]) -> RunPython:
    def execute(schema_editor: Any, statements: Statements) -> None:
        for statement in statements[schema_editor.connection.vendor]:
            schema_editor.execute(statement.format(**words))

    return RunPython(lambda _, editor: execute(editor, create), lambda _, editor: execute(editor, undo))
