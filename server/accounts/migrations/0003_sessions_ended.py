"""When a person last ended all their other sessions."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_cache_table")]
    operations = [
        migrations.AddField("user", "sessions_ended_at", models.DateTimeField(editable=False, null=True)),
    ]
