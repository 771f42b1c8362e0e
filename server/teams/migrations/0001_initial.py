import django.db.models.deletion
import django.utils.timezone
import server.teams.models
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
            name='Team',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(help_text='Shown on the leaderboards.', max_length=60, verbose_name='team name')),
                ('name_key', models.CharField(editable=False, max_length=120, unique=True)),
                ('affiliation', models.CharField(blank=True, help_text='Shown below the team name.', max_length=120)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('renamed_at', models.DateTimeField(editable=False, null=True)),
                ('archived_at', models.DateTimeField(editable=False, help_text='When its last member left; its submissions remain.', null=True)),
            ],
            options={
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='PastMembership',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('joined_at', models.DateTimeField()),
                ('left_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('ended_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='past_memberships', to=settings.AUTH_USER_MODEL)),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='past_memberships', to='teams.team')),
            ],
            options={
                'ordering': ['-left_at'],
            },
        ),
        migrations.CreateModel(
            name='Invitation',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='e-mail address')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('expires_at', models.DateTimeField(default=server.teams.models.a_week_from_now)),
                ('withdrawn_at', models.DateTimeField(editable=False, null=True)),
                ('accepted_at', models.DateTimeField(editable=False, help_text='Set if it works only once.', null=True)),
                ('created_by', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='invitations', to='teams.team')),
            ],
            options={
                'ordering': ['-created_at'],
            },
        ),
        migrations.CreateModel(
            name='Membership',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(choices=[('captain', 'Captain'), ('member', 'Member')], default='member', max_length=10)),
                ('seat', models.PositiveSmallIntegerField(editable=False)),
                ('joined_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='membership', to=settings.AUTH_USER_MODEL)),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to='teams.team')),
            ],
            options={
                'ordering': ['joined_at'],
                'constraints': [models.UniqueConstraint(fields=('team', 'seat'), name='seat_taken_once', violation_error_message='Another member has this seat of the team.'), models.UniqueConstraint(condition=models.Q(('role', 'captain')), fields=('team',), name='one_captain_per_team', violation_error_message='The team has a captain already.')],
            },
        ),
        migrations.CreateModel(
            name='Alias',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('used_in', models.CharField(max_length=60)),
                ('key', models.CharField(max_length=120)),
                ('until', models.DateTimeField()),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='aliases', to='teams.team')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('team', 'used_in'), name='one_alias_per_team_and_use', violation_error_message='The team has a pseudonym there already.')],
            },
        ),
        migrations.CreateModel(
            name='TeamLock',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(help_text='The phase and its quota window.', max_length=60)),
                ('what', models.CharField(help_text='The phase in words.', max_length=160)),
                ('since', models.DateTimeField(default=django.utils.timezone.now)),
                ('until', models.DateTimeField(help_text='Null: until an organiser ends it.', null=True)),
                ('ended_at', models.DateTimeField(editable=False, help_text='When an organiser ended it.', null=True)),
                ('reason', models.CharField(blank=True, help_text='Why an organiser ended it.', max_length=500)),
                ('ended_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='team_locks', to='teams.team')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='team_locks', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['since'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('user', 'key'), name='one_team_per_person_and_key', violation_error_message='This person is locked to a team for this phase already.'), models.CheckConstraint(condition=models.Q(('ended_at', None), models.Q(('reason', ''), _negated=True), _connector='OR'), name='team_locks_end_for_a_reason', violation_error_message='Give the reason why the team lock ends.')],
            },
        ),
    ]
