"""Append-only tables, and rows that are frozen once something has happened to them: by database triggers.

There is one exception: while a person is erased (`audit.services.erasing`), the columns of free text that a
migration names in `texts` may be updated. All other columns stay even then, and no row can be deleted or replaced.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations import RunPython

SQLITE = {
    "no_update": "BEFORE UPDATE ON {table} WHEN NOT ({erasing}) BEGIN SELECT RAISE(ABORT, '{message}'); END",
    "no_delete": "BEFORE DELETE ON {table} BEGIN SELECT RAISE(ABORT, '{message}'); END",
    # INSERT OR REPLACE deletes without firing the trigger above
    "no_replace": (
        "BEFORE INSERT ON {table} WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id) "
        "BEGIN SELECT RAISE(ABORT, '{message}'); END"
    ),
}
POSTGRESQL = (
    """CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'UPDATE' THEN
            IF {erasing} THEN RETURN NEW; END IF;
        END IF;
        RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation';
    END $$""",
    """CREATE TRIGGER {table}_no_update_no_delete BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION {table}_refuse()""",
)
POSTGRESQL_UNDO = (
    "DROP TRIGGER {table}_no_update_no_delete ON {table}",
    "DROP FUNCTION {table}_refuse()",
)
FROZEN_SQLITE = (
    """CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} WHEN OLD.{column} IS NOT NULL AND (CHANGED)
        AND NOT ({erasing})
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
SAME = {"sqlite": "IS", "postgresql": "IS NOT DISTINCT FROM"}
Statements = Mapping[str, Iterable[str]]


def append_only(table: str, message: str, texts: Iterable[str] = ()) -> RunPython:
    """Return a migration operation that makes a table append-only; both databases raise an IntegrityError.

    An erasure may change the columns `texts`, if any.

    SQLite: a table that Django rebuilds for a later migration loses its triggers; that migration adds them again.
    PostgreSQL: TRUNCATE, which empties test databases, passes; only the owner of the table may do that.
    """
    created = [f"CREATE TRIGGER {{table}}_{name} {body}" for name, body in SQLITE.items()]
    dropped = [f"DROP TRIGGER {{table}}_{name}" for name in SQLITE]

    return _operation(
        {"sqlite": created, "postgresql": POSTGRESQL},
        {"sqlite": dropped, "postgresql": POSTGRESQL_UNDO},
        {"table": table, "message": message},
        texts=set(texts),
    )


def frozen_once(
    table: str, column: str, frozen: Iterable[str], message: str, texts: Iterable[str] = ()
) -> RunPython:
    """Return a migration operation: once `column` is set, the row stays and so do its `frozen` columns.

    An erasure may change the columns `texts`, if any.
    """
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
    words = {"table": table, "column": column, "message": message}
    return _operation(created, undo, words, texts=set(texts), columns=[column, *frozen])


def _operation(
    create: Statements,
    undo: Statements,
    words: dict[str, str],
    *,
    texts: set[str],
    columns: Iterable[str] | None = None,
) -> RunPython:
    """`columns` are those that stay, all of the table by default; `texts` are those of them that may be erased."""

    def execute(schema_editor: Any, statements: Statements) -> None:
        connection = schema_editor.connection
        kept = [name for name in columns or _columns(connection, words["table"]) if name not in texts]
        erasing = _erasing(kept, connection.vendor) if texts else "1 = 0"
        for statement in statements[schema_editor.connection.vendor]:
            schema_editor.execute(statement.format(erasing=erasing, **words))

    return RunPython(lambda _, editor: execute(editor, create), lambda _, editor: execute(editor, undo))


def _columns(connection: BaseDatabaseWrapper, table: str) -> list[str]:
    with connection.cursor() as cursor:
        return [column.name for column in connection.introspection.get_table_description(cursor, table)]


def _erasing(kept: Iterable[str], vendor: str) -> str:
    """Return the condition on which an update is part of an erasure: none of `kept` differs."""
    same = [f"OLD.{name} {SAME[vendor]} NEW.{name}" for name in kept]
    return " AND ".join(["EXISTS (SELECT 1 FROM audit_openerasure)", *same])
