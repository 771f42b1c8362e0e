import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from server.append_only import append_only


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='AuditLogEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('what', models.CharField(max_length=150)),
                ('subject', models.CharField(max_length=300)),
                ('app', models.CharField(max_length=50)),
                ('model', models.CharField(max_length=50)),
                ('key', models.CharField(max_length=50)),
                ('changes', models.JSONField(default=dict, help_text='Field: [from, to].')),
                ('reason', models.TextField(blank=True)),
                ('by', models.ForeignKey(help_text='Empty if a command or a worker did it.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='person')),
            ],
            options={
                'verbose_name_plural': 'audit log entries',
                'ordering': ['-at', '-pk'],
                'indexes': [models.Index(fields=['app', 'model', 'key'], name='audit_log_entries_about')],
            },
        ),
        migrations.CreateModel(
            name='PublicLogEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('text', models.CharField(max_length=1000)),
                ('about', models.CharField(blank=True, help_text='The phase or track in words; empty for all.', max_length=200)),
                ('track', models.SlugField(blank=True, help_text='Whose board links to it; empty for all tracks.')),
                ('url', models.CharField(blank=True, max_length=300)),
                ('by', models.ForeignKey(help_text='Not public.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name_plural': 'public log',
                'ordering': ['-at', '-pk'],
                'indexes': [models.Index(fields=['track', 'at'], name='public_log_of_track')],
            },
        ),
        migrations.CreateModel(
            name='OpenErasure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ],
        ),
        append_only("audit_publiclogentry", "The public log is only added to.", texts=["text"]),
        append_only("audit_auditlogentry", "The audit log is only added to.", texts=["subject", "changes", "reason"]),
    ]
