import django.db.models.deletion
import django.utils.timezone
import server.leases
import server.tracks.models.edition
import server.tracks.scorers
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
            name='Edition',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField(error_messages={'unique': 'Another edition has this slug.'}, unique=True)),
                ('title', models.CharField(error_messages={'unique': 'Another edition has it.'}, help_text='Such as the year.', max_length=40, unique=True)),
                ('headline', models.CharField(blank=True, help_text='Above the front page’s title, such as the conference and the year.', max_length=120)),
                ('description', models.TextField(blank=True, help_text='On the edition’s page. Markdown.')),
                ('citation', models.TextField(blank=True, help_text='How to cite the edition, such as a BibTeX entry.')),
                ('starts_on', models.DateField(default=server.tracks.models.edition.today, help_text='Editions are ordered by it: the latest listed one is the current one.')),
                ('listed_at', models.DateTimeField(editable=False, help_text='When it became public. Without it, only organisers see the edition.', null=True)),
            ],
            options={
                'ordering': ['-starts_on', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='Track',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField()),
                ('slug', models.SlugField(unique=True)),
                ('title', models.CharField(max_length=120)),
                ('short_title', models.CharField(max_length=40)),
                ('task', models.TextField(help_text='One sentence: what teams have to predict.')),
                ('data', models.TextField(help_text='One sentence: which images and how many.')),
                ('labels', models.TextField(help_text='The meaning of pixel values.')),
                ('class_names', models.TextField(blank=True, help_text='One line per class: label, space, name. Other classes are shown by their label.')),
                ('rules', models.JSONField(default=list, help_text='A list of {"rule": the rule, "enforced": how this server enforces it}.')),
                ('scorer', models.CharField(max_length=40, validators=[server.tracks.scorers.validate_scorer])),
                ('parameter_limit', models.PositiveBigIntegerField(blank=True, help_text='All inference models together must have fewer parameters than this.', null=True)),
                ('edition', models.ForeignKey(blank=True, help_text='Empty: the current one.', on_delete=django.db.models.deletion.PROTECT, related_name='tracks', to='tracks.edition')),
            ],
            options={
                'ordering': ['edition', 'number'],
                'constraints': [models.UniqueConstraint(fields=('edition', 'number'), name='track_number_once', violation_error_message='The edition has another track with this number.')],
            },
        ),
        migrations.CreateModel(
            name='GroundTruth',
            fields=[
                ('fence', models.PositiveIntegerField(default=0, help_text='Raised by every claim; guards every later write.')),
                ('lease_owner', models.CharField(blank=True, max_length=120)),
                ('lease_until', models.DateTimeField(null=True)),
                ('not_before', models.DateTimeField(default=server.leases.this_second)),
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('split', models.CharField(choices=[('val', 'validation'), ('test', 'test')], max_length=4)),
                ('options', models.JSONField(blank=True, default=dict, help_text='Scorer options; empty for the defaults.')),
                ('source', models.CharField(editable=False, help_text='The draft: a zip or folder of PNGs.', max_length=500)),
                ('state', models.CharField(choices=[('draft', 'waiting to be packed'), ('packing', 'being packed'), ('ready', 'packed and verified'), ('failed', 'cannot be used')], default='draft', editable=False, max_length=8)),
                ('problem', models.TextField(blank=True, editable=False, help_text='Why it cannot be used now; while it is set, evaluations wait.')),
                ('warnings', models.TextField(blank=True, editable=False, help_text='What packing skipped or found odd.')),
                ('pack_sha256', models.CharField(blank=True, editable=False, max_length=64)),
                ('truth_sha256', models.CharField(blank=True, editable=False, help_text='Of its ids and pixels: the same in any format.', max_length=64)),
                ('image_count', models.PositiveIntegerField(editable=False, null=True)),
                ('summary', models.JSONField(editable=False, help_text='What its maps hold; not public.', null=True)),
                ('listed_ids', models.TextField(blank=True, help_text='The ids of the split’s images, one per line, to compare the maps with.')),
                ('publish_when_ready', models.BooleanField(default=False, help_text='Publish a scoring rule with it immediately, if no leaderboard changes.')),
                ('refusal', models.TextField(blank=True, editable=False, help_text='Why it was not published when it was ready.')),
                ('stage', models.CharField(blank=True, editable=False, max_length=20)),
                ('done', models.PositiveIntegerField(default=0, editable=False)),
                ('total', models.PositiveIntegerField(default=0, editable=False)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('created_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('track', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='ground_truths', to='tracks.track')),
            ],
            options={
                'verbose_name_plural': 'ground truth',
                'ordering': ['-created_at'],
            },
        ),
        migrations.CreateModel(
            name='ScoringRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('split', models.CharField(choices=[('val', 'validation'), ('test', 'test')], max_length=4)),
                ('number', models.PositiveIntegerField()),
                ('scorer', models.CharField(max_length=40)),
                ('scorer_version', models.CharField(max_length=20)),
                ('options', models.JSONField(default=dict)),
                ('state', models.CharField(choices=[('draft', 'Draft'), ('published', 'Published'), ('retired', 'Retired')], default='draft', max_length=9)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('published_at', models.DateTimeField(null=True)),
                ('ground_truth', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rules', to='tracks.groundtruth')),
                ('track', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rules_of_scoring', to='tracks.track')),
            ],
            options={
                'ordering': ['track', 'split', '-number'],
                'constraints': [models.UniqueConstraint(fields=('track', 'number'), name='rule_number_once', violation_error_message='The track has a scoring rule with this number already.'), models.UniqueConstraint(condition=models.Q(('state', 'published')), fields=('track', 'split'), name='one_published_rule', violation_error_message='Another scoring rule is published for this split.')],
            },
        ),
        migrations.CreateModel(
            name='Phase',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField()),
                ('title', models.CharField(max_length=80)),
                ('split', models.CharField(choices=[('val', 'validation'), ('test', 'test')], max_length=4)),
                ('opens_at', models.DateTimeField()),
                ('closes_at', models.DateTimeField(blank=True, help_text='Empty: stays open.', null=True)),
                ('paused', models.BooleanField(default=False, help_text='Accepts no submissions for now; queued ones are still scored.')),
                ('limit', models.PositiveSmallIntegerField(default=5, help_text='Scored submissions a team may have.')),
                ('per', models.CharField(choices=[('phase', 'in the whole phase'), ('month', 'per month'), ('day', 'per day')], default='phase', max_length=5)),
                ('daily_submission_limit', models.PositiveSmallIntegerField(default=20, help_text='Submissions of a team per UTC day, including rejected ones.')),
                ('results', models.CharField(choices=[('at_once', 'immediately'), ('after_close', 'when the phase has closed'), ('by_organiser', 'when the organisers publish them')], default='at_once', max_length=12, verbose_name='results are shown')),
                ('results_shown_at', models.DateTimeField(blank=True, help_text='Set when the organisers publish the results, if that is the choice above.', null=True)),
                ('details', models.CharField(choices=[('at_once', 'with the results'), ('after_close', 'when the phase has closed'), ('never', 'only to the organisers')], default='after_close', help_text='Never before the results. They let teams tune their methods to the test split, so they are best hidden until the phase closes; a phase without an end shows them only “with the results”.', max_length=12, verbose_name='results per class are shown')),
                ('shows_intervals', models.BooleanField(default=True, help_text='Confidence intervals of scores and ranks are computed after each change and shown.')),
                ('stands_on', models.CharField(choices=[('best', 'its best submission'), ('chosen', 'the submission it chose, or else its best')], default='best', max_length=6, verbose_name='a team is ranked by')),
                ('track', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='phases', to='tracks.track')),
            ],
            options={
                'ordering': ['track', 'opens_at', 'pk'],
                'constraints': [models.UniqueConstraint(fields=('track', 'slug'), name='phase_slug_once', violation_error_message='The track has another phase with this slug.'), models.CheckConstraint(condition=models.Q(('closes_at', None), ('closes_at__gt', models.F('opens_at')), _connector='OR'), name='phase_closes_after_it_opens', violation_error_message='The phase has to close after it opens.'), models.CheckConstraint(condition=models.Q(('limit__gt', 0)), name='phase_has_a_slot', violation_error_message='A team needs at least one submission: set the limit to 1 or more.'), models.CheckConstraint(condition=models.Q(('daily_submission_limit__gt', 0)), name='phase_takes_submissions', violation_error_message='Set the daily limit of submissions to 1 or more.'), models.CheckConstraint(condition=models.Q(models.Q(('results', 'after_close'), _negated=True), ('closes_at__isnull', False), _connector='OR'), name='results_after_close_need_a_close', violation_error_message='Results that are shown when the phase has closed need a close: give one.')],
            },
        ),
        migrations.CreateModel(
            name='PastSlug',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField()),
                ('until', models.DateTimeField(default=django.utils.timezone.now)),
                ('phase', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='past_slugs', to='tracks.phase')),
                ('track', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='past_slugs', to='tracks.track')),
            ],
            options={
                'ordering': ['until'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('phase', None)), fields=('slug',), name='past_track_slug_once', violation_error_message='Another track had this slug, and its links lead there.'), models.UniqueConstraint(condition=models.Q(('phase__isnull', False)), fields=('track', 'slug'), name='past_phase_slug_once', violation_error_message='Another phase of the track had this slug, and its links lead there.')],
            },
        ),
        migrations.CreateModel(
            name='PhaseRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('since', models.DateTimeField(default=django.utils.timezone.now)),
                ('reason', models.CharField(blank=True, help_text='Empty for the rule it had from the start.', max_length=500)),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('phase', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rules_followed', to='tracks.phase')),
                ('rule', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='followed_by', to='tracks.scoringrule')),
            ],
            options={
                'ordering': ['since', 'pk'],
            },
        ),
        migrations.AddConstraint(
            model_name='groundtruth',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'ready'), _negated=True), models.Q(('image_count__gt', 0), models.Q(('pack_sha256', ''), _negated=True)), _connector='OR'), name='ready_is_packed', violation_error_message='Ground truth is ready once it has been packed, with at least one image.'),
        ),
    ]
