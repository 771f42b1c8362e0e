"""Append-only tables: database triggers that refuse to update or delete a row."""

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


def append_only(table: str, message: str) -> RunPython:
    """Return a migration operation that makes a table append-only; both databases raise an IntegrityError.

    SQLite: a table that Django rebuilds for a later migration loses its triggers; that migration adds them again.
    PostgreSQL: TRUNCATE, which empties test databases, passes; only the owner of the table may do that.
    """
    created = [f"CREATE TRIGGER {{table}}_{name} {body}" for name, body in SQLITE.items()]
    dropped = [f"DROP TRIGGER {{table}}_{name}" for name in SQLITE]

    def create(_apps: Any, schema_editor: Any) -> None:
        execute(schema_editor, {"sqlite": created, "postgresql": POSTGRESQL})

    def drop(_apps: Any, schema_editor: Any) -> None:
        execute(schema_editor, {"sqlite": dropped, "postgresql": POSTGRESQL_UNDO})

    def execute(schema_editor: Any, statements: dict[str, Any]) -> None:
        for statement in statements[schema_editor.connection.vendor]:
            schema_editor.execute(statement.format(table=table, message=message))

    return RunPython(create, drop)
