"""The history of how teams stand begins with what is known now, and triggers keep it as it is written.

SQLite: a table that Django rebuilds for a later migration loses its triggers, so such a migration makes them again.
PostgreSQL: TRUNCATE, which empties test databases, passes; only the owner of the table may do that.
"""

from django.db import migrations

TABLE = "submissions_pastentry"
REFUSED = "The history of entries is only added to."
SQLITE = [
    f"""CREATE TRIGGER {TABLE}_no_{what} BEFORE {what.upper()} ON {TABLE}
        BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END"""
    for what in ("update", "delete")
]
POSTGRESQL = [
    f"""CREATE FUNCTION {TABLE}_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION '{REFUSED}' USING ERRCODE = 'integrity_constraint_violation'; END $$""",
    f"""CREATE TRIGGER {TABLE}_no_update_no_delete BEFORE UPDATE OR DELETE ON {TABLE}
        FOR EACH ROW EXECUTE FUNCTION {TABLE}_refuse()""",
]
SQLITE_UNDO = [f"DROP TRIGGER {TABLE}_no_{what}" for what in ("update", "delete")]
POSTGRESQL_UNDO = [f"DROP TRIGGER {TABLE}_no_update_no_delete ON {TABLE}", f"DROP FUNCTION {TABLE}_refuse()"]


def begin(apps, schema_editor):
    """Write down how every team that has handed in stands now; nothing is known of before."""
    Entry, PastEntry, Submission = (
        apps.get_model("submissions", name) for name in ("Entry", "PastEntry", "Submission")
    )
    entries = {(entry.team_id, entry.phase_id): entry for entry in Entry.objects.all()}
    withdrawn = {}
    gone = Submission.objects.filter(withdrawn_at__isnull=False)
    for key, team, phase in gone.values_list("pk", "team_id", "phase_id"):
        withdrawn.setdefault((team, phase), []).append(str(key))
    handed_in = Submission.objects.order_by().values_list("team_id", "phase_id").distinct()
    for team, phase in {*handed_in, *entries}:
        entry = entries.get((team, phase)) or Entry()
        PastEntry.objects.create(
            team_id=team,
            phase_id=phase,
            chosen_id=entry.chosen_id,
            withdrawn=withdrawn.get((team, phase), []),
            pseudonym=entry.pseudonym,
            pseudonym_until=entry.pseudonym_until,
            first_known=True,
        )


def make(apps, schema_editor):
    _execute(schema_editor, {"sqlite": SQLITE, "postgresql": POSTGRESQL})


def undo(apps, schema_editor):
    _execute(schema_editor, {"sqlite": SQLITE_UNDO, "postgresql": POSTGRESQL_UNDO})


def _execute(schema_editor, statements):
    for statement in statements[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


class Migration(migrations.Migration):

    dependencies = [("submissions", "0006_past_entries")]

    operations = [
        migrations.RunPython(begin, migrations.RunPython.noop),
        migrations.RunPython(make, undo),
    ]
