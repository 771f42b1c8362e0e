import django.db.models.deletion
import django.utils.timezone
import server.leases
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='EmailHold',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('since', models.DateTimeField(default=django.utils.timezone.now)),
                ('reason', models.CharField(max_length=200)),
            ],
        ),
        migrations.CreateModel(
            name='EmailOptOut',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('scored', 'scored'), ('rejected', 'rejected'), ('failed', 'failed'), ('rescored', 'scored again'), ('deadline', 'deadline'), ('invited', 'invited'), ('alert', 'alert'), ('announcement', 'announcement'), ('important', 'important')], max_length=12)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='email_opt_outs', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('user', 'kind'), name='email_opt_out_unique', violation_error_message='This kind of e-mail is switched off already.'), models.CheckConstraint(condition=models.Q(('kind__in', ['scored', 'rejected', 'failed', 'rescored', 'deadline', 'invited', 'alert', 'announcement', 'important']), models.Q(('kind__in', ['alert', 'important']), _negated=True)), name='always_sent_kinds_cannot_be_opted_out_of', violation_error_message='This kind of e-mail cannot be switched off.')],
            },
        ),
        migrations.CreateModel(
            name='OutboxEmail',
            fields=[
                ('fence', models.PositiveIntegerField(default=0, help_text='Raised by every claim; guards every later write.')),
                ('lease_owner', models.CharField(blank=True, max_length=120)),
                ('lease_until', models.DateTimeField(null=True)),
                ('not_before', models.DateTimeField(default=server.leases.this_second)),
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('address', models.EmailField(blank=True, help_text='The recipient, if it may be somebody without an account.', max_length=254)),
                ('kind', models.CharField(choices=[('scored', 'scored'), ('rejected', 'rejected'), ('failed', 'failed'), ('rescored', 'scored again'), ('deadline', 'deadline'), ('invited', 'invited'), ('alert', 'alert'), ('announcement', 'announcement'), ('important', 'important')], max_length=12)),
                ('key', models.CharField(help_text='Event and recipient: each e-mail is sent once.', max_length=500, unique=True)),
                ('subject', models.CharField(max_length=200)),
                ('text', models.TextField()),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('until', models.DateTimeField(help_text='After this time it is no longer sent.', null=True)),
                ('sent_at', models.DateTimeField(null=True)),
                ('tries', models.PositiveSmallIntegerField(default=0, help_text='Number of claims.')),
                ('last_error', models.CharField(blank=True, help_text='Why the last try failed.', max_length=500)),
                ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='outbox_emails', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-created_at'],
                'indexes': [models.Index(condition=models.Q(('sent_at', None)), fields=['not_before'], name='emails_to_send')],
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['scored', 'rejected', 'failed', 'rescored', 'deadline', 'invited', 'alert', 'announcement', 'important'])), name='email_kind_known', violation_error_message='There is no such kind of e-mail.'), models.CheckConstraint(condition=models.Q(models.Q(('address', ''), ('user__isnull', False)), models.Q(('user', None), models.Q(('address', ''), _negated=True)), _connector='OR'), name='email_to_user_or_address', violation_error_message='An e-mail goes either to an account or to an address.')],
            },
        ),
        migrations.CreateModel(
            name='RelayedEmail',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('mailbox', models.EmailField(max_length=254)),
                ('at', models.DateTimeField(db_index=True, default=django.utils.timezone.now)),
                ('sender', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
    ]
