import django.db.models.deletion
import django.utils.timezone
import server.leases
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('submissions', '0001_initial'),
        ('tracks', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Board',
            fields=[
            ],
            options={
                'verbose_name': 'leaderboard',
                'proxy': True,
                'indexes': [],
                'constraints': [],
            },
            bases=('tracks.phase',),
        ),
        migrations.CreateModel(
            name='IntervalJob',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('fence', models.PositiveIntegerField(default=0, help_text='Raised by every claim; guards every later write.')),
                ('lease_owner', models.CharField(blank=True, max_length=120)),
                ('lease_until', models.DateTimeField(null=True)),
                ('not_before', models.DateTimeField(default=server.leases.this_second)),
                ('inputs', models.CharField(blank=True, help_text='What the stored ranks were computed from.', max_length=64)),
                ('method', models.JSONField(default=dict, help_text="How they were computed, in the evaluator's words.")),
                ('withheld', models.TextField(blank=True, help_text='Why nothing is said of ranks; empty: it is said.')),
                ('warnings', models.JSONField(default=list, help_text='What makes the intervals poor, in sentences.')),
                ('critical_value', models.FloatField(help_text="Standard errors on each side of a pair's difference.", null=True)),
                ('computed_at', models.DateTimeField(null=True)),
                ('wanted', models.CharField(blank=True, max_length=64)),
                ('wanted_since', models.DateTimeField(default=django.utils.timezone.now, help_text='The last change of the board.')),
                ('lacking', models.PositiveIntegerField(default=0, help_text='Scored submissions without a present interval.')),
                ('stale_since', models.DateTimeField(help_text='The first change since the stored result.', null=True)),
                ('tries', models.PositiveSmallIntegerField(default=0, help_text='Since it last worked, or since a change.')),
                ('last_error', models.TextField(blank=True, help_text='Why the last try failed.')),
                ('phase', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='interval_job', to='tracks.phase')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Interval',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.CharField(help_text='Of the method that computed them.', max_length=20)),
                ('metrics', models.JSONField(help_text='Metric -> {"score", "error", "low", "high"}.')),
                ('bands', models.JSONField(help_text='List -> {"score": […], "low": […], "high": […]}.')),
                ('rank_interval', models.JSONField(help_text='{"rank", "rank_low", "rank_high", "indistinct", "may_be_best"}; null where not ranked.', null=True)),
                ('evaluation', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='interval', to='submissions.evaluation')),
                ('job', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='intervals', to='leaderboard.intervaljob')),
            ],
        ),
        migrations.CreateModel(
            name='PairInterval',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('difference', models.FloatField(help_text='The headline of `one` minus that of `other`.')),
                ('low', models.FloatField(null=True)),
                ('high', models.FloatField(null=True)),
                ('significantly_different', models.BooleanField()),
                ('class_margins', models.JSONField(help_text="Half the width of the interval of each class's difference, each class by itself.", null=True)),
                ('own', models.BooleanField(default=False, help_text='Two submissions of one team.')),
                ('job', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='pairs', to='leaderboard.intervaljob')),
                ('one', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='submissions.evaluation')),
                ('other', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='submissions.evaluation')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('one', 'other', 'own'), name='one_interval_per_pair', violation_error_message='This pair of evaluations has been compared already.')],
            },
        ),
        migrations.CreateModel(
            name='Review',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('verdict', models.CharField(choices=[('hidden', 'hidden'), ('disqualified', 'disqualified'), ('under_review', 'under review'), ('verified', 'verified'), ('baseline', 'baseline')], max_length=12)),
                ('reason', models.CharField(help_text='Shown on the leaderboard beside a disqualified row.', max_length=500)),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('undone_at', models.DateTimeField(blank=True, null=True)),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('submission', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reviews', to='submissions.submission')),
                ('undone_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-at'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('undone_at', None)), fields=('submission', 'verdict'), name='one_verdict_in_force', violation_error_message='This verdict is in force for the submission already.')],
            },
        ),
    ]
