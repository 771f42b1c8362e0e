import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
import server.leases
import server.submissions.models.resumable_upload
import uuid
from django.conf import settings
from django.db import migrations, models

from server.append_only import append_only


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('teams', '0001_initial'),
        ('tracks', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='WorkerHost',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100, unique=True)),
                ('failed_teams', models.JSONField(default=list, help_text='Teams whose evaluations failed since one did not.')),
                ('paused_at', models.DateTimeField(null=True)),
                ('tries', models.PositiveIntegerField(default=0, help_text='Since it paused.')),
                ('next_try', models.DateTimeField(default=django.utils.timezone.now, help_text='While it pauses.')),
                ('checked_at', models.DateTimeField(default=django.utils.timezone.now, help_text='The last self check.')),
                ('last_error', models.TextField(blank=True)),
            ],
        ),
        migrations.CreateModel(
            name='Evaluation',
            fields=[
                ('fence', models.PositiveIntegerField(default=0, help_text='Raised by every claim; guards every later write.')),
                ('lease_owner', models.CharField(blank=True, max_length=120)),
                ('lease_until', models.DateTimeField(null=True)),
                ('not_before', models.DateTimeField(default=server.leases.this_second)),
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('state', models.CharField(choices=[('queued', 'queued'), ('running', 'scoring'), ('scored', 'scored'), ('rejected', 'rejected'), ('failed', 'failed'), ('cancelled', 'cancelled')], default='queued', max_length=9)),
                ('queued_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('started_at', models.DateTimeField(null=True)),
                ('finished_at', models.DateTimeField(null=True)),
                ('rescoring', models.BooleanField(default=False, help_text='Queued by a re-score: after all others, without slot, mail or place on a leaderboard.')),
                ('failures', models.PositiveSmallIntegerField(default=0, help_text='Number of crashes and lost leases.')),
                ('stage', models.CharField(blank=True, max_length=20)),
                ('done', models.PositiveIntegerField(default=0)),
                ('total', models.PositiveIntegerField(default=0)),
                ('scores', models.JSONField(help_text='Metric -> number; a percentage as a fraction.', null=True)),
                ('curve', models.JSONField(help_text='A number for each x, where the scorer has a curve.', null=True)),
                ('per_class', models.JSONField(null=True)),
                ('problems', models.JSONField(default=list)),
                ('problem_count', models.PositiveIntegerField(default=0)),
                ('warnings', models.JSONField(default=list)),
                ('last_error', models.TextField(blank=True, help_text='The last server error; shown to organisers.')),
                ('rule', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='evaluations', to='tracks.scoringrule')),
            ],
            options={
                'ordering': ['-queued_at'],
            },
        ),
        migrations.CreateModel(
            name='EvaluationEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('before', models.CharField(blank=True, max_length=9)),
                ('after', models.CharField(choices=[('queued', 'queued'), ('running', 'scoring'), ('scored', 'scored'), ('rejected', 'rejected'), ('failed', 'failed'), ('cancelled', 'cancelled')], max_length=9)),
                ('cause', models.CharField(max_length=300)),
                ('evaluation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='events', to='submissions.evaluation')),
            ],
            options={
                'ordering': ['at', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Submission',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('began_at', models.DateTimeField(help_text="When the server received the upload's headers; decides the deadline.")),
                ('received_at', models.DateTimeField(default=django.utils.timezone.now, help_text='When the upload was complete.')),
                ('day', models.DateField(help_text='The UTC day of `began_at`; submissions are numbered within it.')),
                ('number_of_day', models.PositiveSmallIntegerField()),
                ('withdrawn_at', models.DateTimeField(help_text='Withdrawn by the team: not on the leaderboard, its slot stays used.', null=True)),
                ('method', models.CharField(blank=True, max_length=120)),
                ('description', models.TextField(blank=True, help_text='Markdown.', max_length=10000)),
                ('parameters', models.PositiveBigIntegerField(help_text='Total of all inference models.', null=True)),
                ('code_url', models.URLField(blank=True, max_length=500)),
                ('paper_url', models.URLField(blank=True, max_length=500)),
                ('project_url', models.URLField(blank=True, max_length=500)),
                ('rules_kept', models.JSONField(default=list, help_text='The rules that the team declared to have followed, word for word.')),
                ('idempotency_key', models.CharField(blank=True, editable=False, max_length=100, null=True)),
                ('upload', models.UUIDField(editable=False, help_text='The resumable upload it came by.', null=True, unique=True)),
                ('archive_name', models.CharField(max_length=200, unique=True)),
                ('original_name', models.CharField(max_length=200)),
                ('size', models.PositiveBigIntegerField()),
                ('sha256', models.CharField(max_length=64)),
                ('phase', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='submissions', to='tracks.phase')),
                ('submitted_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='submissions', to='teams.team')),
            ],
            options={
                'ordering': ['-received_at'],
            },
        ),
        migrations.CreateModel(
            name='ResumableUpload',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=200)),
                ('length', models.PositiveBigIntegerField()),
                ('expected_sha256', models.CharField(blank=True, help_text='Announced before the first byte.', max_length=64)),
                ('sha256', models.CharField(blank=True, help_text='Of the whole file, once it has arrived.', max_length=64)),
                ('began_at', models.DateTimeField(help_text='When it was announced; decides the deadline.')),
                ('expires_at', models.DateTimeField(default=server.submissions.models.resumable_upload.end_of_lifetime)),
                ('phase', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tracks.phase')),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='teams.team')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['began_at'],
            },
        ),
        migrations.CreateModel(
            name='Slot',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('window', models.CharField(max_length=10)),
                ('number', models.PositiveSmallIntegerField()),
                ('taken_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('returned_at', models.DateTimeField(null=True)),
                ('reason', models.CharField(blank=True, max_length=200)),
                ('phase', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='slots', to='tracks.phase')),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='slots', to='teams.team')),
                ('submission', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='slots', to='submissions.submission')),
            ],
            options={
                'ordering': ['-taken_at', '-number'],
            },
        ),
        migrations.AddField(
            model_name='evaluation',
            name='submission',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='evaluations', to='submissions.submission'),
        ),
        migrations.CreateModel(
            name='EntryVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('since', models.DateTimeField(default=django.utils.timezone.now)),
                ('withdrawn', models.JSONField(default=list, help_text='The ids of the submissions that were withdrawn.')),
                ('pseudonym', models.CharField(blank=True, max_length=60)),
                ('pseudonym_until', models.DateTimeField(null=True)),
                ('phase', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tracks.phase')),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='teams.team')),
                ('chosen', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='submissions.submission')),
            ],
            options={
                'ordering': ['since', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Entry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('pseudonym', models.CharField(blank=True, max_length=60)),
                ('pseudonym_until', models.DateTimeField(null=True)),
                ('phase', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='entries', to='tracks.phase')),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='entries', to='teams.team')),
                ('chosen', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='submissions.submission')),
            ],
            options={
                'verbose_name_plural': 'entries',
            },
        ),
        migrations.CreateModel(
            name='SlotGrant',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('window', models.CharField(max_length=10)),
                ('extra', models.PositiveSmallIntegerField(default=1)),
                ('reason', models.CharField(max_length=200)),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('phase', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='grants', to='tracks.phase')),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='grants', to='teams.team')),
            ],
            options={
                'ordering': ['-at'],
                'constraints': [models.CheckConstraint(condition=models.Q(('extra__range', (1, 20))), name='grant_adds_1_to_20_slots', violation_error_message='Grant 1 to 20 slots at a time. A grant cannot be undone.'), models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='grants_have_a_reason', violation_error_message='Give the reason for the slots. The team’s quota history shows it.')],
            },
        ),
        migrations.AddConstraint(
            model_name='submission',
            constraint=models.UniqueConstraint(fields=('team', 'idempotency_key'), name='one_submission_per_key', violation_error_message='The team has used this Idempotency-Key already.'),
        ),
        migrations.AddConstraint(
            model_name='submission',
            constraint=models.UniqueConstraint(fields=('team', 'phase', 'day', 'number_of_day'), name='submission_number_unique', violation_error_message='The team has a submission with this number on that day already.'),
        ),
        migrations.AddConstraint(
            model_name='slot',
            constraint=models.UniqueConstraint(condition=models.Q(('returned_at', None)), fields=('team', 'phase', 'window', 'number'), name='slot_number_unique', violation_error_message='The team has taken this slot already.'),
        ),
        migrations.AddConstraint(
            model_name='slot',
            constraint=models.UniqueConstraint(condition=models.Q(('returned_at', None)), fields=('submission',), name='one_slot_per_submission', violation_error_message='This submission has a slot already.'),
        ),
        migrations.AddIndex(
            model_name='evaluation',
            index=models.Index(fields=['state', 'queued_at'], name='evaluation_queue'),
        ),
        migrations.AddIndex(
            model_name='evaluation',
            index=models.Index(condition=models.Q(('state', 'scored')), fields=['rule', 'finished_at'], name='scored_by_rule'),
        ),
        migrations.AddConstraint(
            model_name='evaluation',
            constraint=models.UniqueConstraint(fields=('submission', 'rule'), name='one_evaluation_per_rule', violation_error_message='This submission has an evaluation by this scoring rule already.'),
        ),
        migrations.AddConstraint(
            model_name='evaluation',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['queued', 'running', 'scored', 'rejected', 'failed', 'cancelled'])), name='evaluation_state_known', violation_error_message='There is no such state of an evaluation.'),
        ),
        migrations.AddConstraint(
            model_name='evaluation',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('scores__isnull', False), ('state', 'scored')), models.Q(models.Q(('state', 'scored'), _negated=True), ('scores__isnull', True)), _connector='OR'), name='scores_if_and_only_if_scored', violation_error_message='Scored evaluations have scores, and no others.'),
        ),
        migrations.AddIndex(
            model_name='entryversion',
            index=models.Index(fields=['phase', 'since'], name='entry_versions_of_board'),
        ),
        migrations.AddConstraint(
            model_name='entryversion',
            constraint=models.CheckConstraint(condition=models.Q(('pseudonym', ''), ('pseudonym_until__isnull', False), _connector='OR'), name='entry_version_pseudonyms_end', violation_error_message='Say until when the pseudonym is used.'),
        ),
        migrations.AddConstraint(
            model_name='entry',
            constraint=models.UniqueConstraint(fields=('team', 'phase'), name='one_entry_per_team_and_phase', violation_error_message='The team has an entry in this phase already.'),
        ),
        migrations.AddConstraint(
            model_name='entry',
            constraint=models.UniqueConstraint(models.F('phase'), django.db.models.functions.text.Lower('pseudonym'), condition=models.Q(('pseudonym', ''), _negated=True), name='pseudonym_once_per_phase', violation_error_message='Another team uses this pseudonym in this phase.'),
        ),
        migrations.AddConstraint(
            model_name='entry',
            constraint=models.CheckConstraint(condition=models.Q(('pseudonym', ''), ('pseudonym_until__isnull', False), _connector='OR'), name='pseudonyms_end', violation_error_message='Say until when the pseudonym is used.'),
        ),
        append_only("submissions_entryversion", "The history of entries is only added to."),
    ]
