from itertools import groupby

from django.db import migrations, models


def number_seats(apps, schema_editor):
    """Whoever joined first sits first."""
    Membership = apps.get_model("teams", "Membership")
    in_order = Membership.objects.order_by("team_id", "joined_at", "pk")
    for _, members in groupby(in_order, key=lambda membership: membership.team_id):
        for seat, membership in enumerate(members, 1):
            Membership.objects.filter(pk=membership.pk).update(seat=seat)


class Migration(migrations.Migration):

    dependencies = [("teams", "0002_seats_ties_departures_invitations")]

    operations = [
        migrations.RunPython(number_seats, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="membership",
            name="seat",
            field=models.PositiveSmallIntegerField(editable=False),
        ),
    ]
