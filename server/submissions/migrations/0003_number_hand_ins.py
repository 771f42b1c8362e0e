from collections import Counter
from datetime import UTC

from django.db import migrations, models


def number_hand_ins(apps, schema_editor):
    """Number every hand-in within its day, in the order in which they came."""
    Submission = apps.get_model("submissions", "Submission")
    counted = Counter()
    for submission in Submission.objects.order_by("received_at", "pk"):
        day = submission.began_at.astimezone(UTC).date()
        counted[submission.team_id, submission.phase_id, day] += 1
        number = counted[submission.team_id, submission.phase_id, day]
        Submission.objects.filter(pk=submission.pk).update(day=day, number_of_day=number)


class Migration(migrations.Migration):

    dependencies = [("submissions", "0002_methods_grants_entries")]

    operations = [
        migrations.RunPython(number_hand_ins, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="submission",
            name="day",
            field=models.DateField(help_text="The UTC day of `began_at`; hand-ins are numbered within it."),
        ),
        migrations.AlterField(
            model_name="submission",
            name="number_of_day",
            field=models.PositiveSmallIntegerField(),
        ),
    ]
