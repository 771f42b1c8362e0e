from django.db import migrations

from server.teams.names import LONGEST_KEY, name_key


def compute_keys(apps, schema_editor):
    """The older of two teams that look alike keeps the key; the younger one's ends in its id.

    All keys make room first: a new key may be another team's old one.
    """
    Team = apps.get_model("teams", "Team")
    teams = list(Team.objects.order_by("created_at", "pk"))
    for team in teams:
        Team.objects.filter(pk=team.pk).update(username_key=f"moving {team.pk}")
    taken = set()
    for team in teams:
        key, suffix = name_key(team.username), f" {team.pk}"
        if key in taken:
            key = key[: LONGEST_KEY - len(suffix)] + suffix
        taken.add(key)
        Team.objects.filter(pk=team.pk).update(username_key=key)


class Migration(migrations.Migration):

    dependencies = [("teams", "0004_ties_ended_by_organisers")]

    operations = [migrations.RunPython(compute_keys, migrations.RunPython.noop)]
