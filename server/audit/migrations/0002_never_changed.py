"""Triggers that refuse to change or delete a decision; both databases name it a violation of integrity.

SQLite: a table that Django rebuilds for a later migration loses its triggers, so such a migration makes them again.
PostgreSQL: TRUNCATE, which empties test databases, passes; only the owner of the table may do that.
"""

from django.db import migrations

REFUSED = "The record of decisions is only added to."

SQLITE = [
    f"""CREATE TRIGGER audit_decision_no_update BEFORE UPDATE ON audit_decision
        BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END""",
    f"""CREATE TRIGGER audit_decision_no_delete BEFORE DELETE ON audit_decision
        BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END""",
    # INSERT OR REPLACE deletes without asking the trigger above
    f"""CREATE TRIGGER audit_decision_no_replace BEFORE INSERT ON audit_decision
        WHEN EXISTS (SELECT 1 FROM audit_decision WHERE id = NEW.id)
        BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END""",
]
POSTGRESQL = [
    f"""CREATE FUNCTION audit_decision_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION '{REFUSED}' USING ERRCODE = 'integrity_constraint_violation'; END $$""",
    """CREATE TRIGGER audit_decision_no_update_no_delete BEFORE UPDATE OR DELETE ON audit_decision
        FOR EACH ROW EXECUTE FUNCTION audit_decision_refuse()""",
]
SQLITE_UNDO = [
    f"DROP TRIGGER audit_decision_no_{what}" for what in ("update", "delete", "replace")
]
POSTGRESQL_UNDO = [
    "DROP TRIGGER audit_decision_no_update_no_delete ON audit_decision",
    "DROP FUNCTION audit_decision_refuse()",
]


def make(apps, schema_editor):
    _execute(schema_editor, {"sqlite": SQLITE, "postgresql": POSTGRESQL})


def undo(apps, schema_editor):
    _execute(schema_editor, {"sqlite": SQLITE_UNDO, "postgresql": POSTGRESQL_UNDO})


def _execute(schema_editor, statements):
    for statement in statements[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


class Migration(migrations.Migration):

    dependencies = [
        ("audit", "0001_the_record"),
    ]

    operations = [
        migrations.RunPython(make, undo),
    ]
