"""Pseudonyms in force become aliases of their teams, which nobody else can be called."""

from django.db import migrations
from django.utils import timezone

from server.teams.names import name_key


def note_aliases(apps, schema_editor):
    entries = apps.get_model("submissions", "Entry").objects.exclude(pseudonym="")
    aliases = apps.get_model("teams", "Alias").objects
    for entry in entries.filter(pseudonym_until__gt=timezone.now()):
        key, place = name_key(entry.pseudonym), f"phase {entry.phase_id}"
        aliases.create(team_id=entry.team_id, place=place, key=key, until=entry.pseudonym_until)


class Migration(migrations.Migration):
    dependencies = [
        ("submissions", "0007_past_entries_begin_and_stay"),
        ("teams", "0007_aliases"),
    ]

    operations = [migrations.RunPython(note_aliases, migrations.RunPython.noop)]
