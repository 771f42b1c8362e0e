"""Services for pseudonyms of teams, and the check that no other team has a name."""

from datetime import datetime

from django.utils import timezone

from server.teams.exceptions import NameTaken
from server.teams.models import Alias, Team
from server.teams.names import name_key


def check_name_free(team: Team, name: str) -> None:
    """Check that no other team has this name, or uses it as a pseudonym. Raises NameTaken."""
    key, now = name_key(name), timezone.now()
    same_name = Team.objects.filter(name_key=key).exclude(pk=team.pk)
    same_alias = Alias.objects.filter(key=key, until__gt=now).exclude(team=team.pk)
    if same_name.exists() or same_alias.exists():
        raise NameTaken(name)


def take_alias(team: Team, *, used_in: str, name: str, until: datetime) -> None:
    """Reserve a pseudonym for the team, so that no other team takes the name. Raises NameTaken."""
    check_name_free(team, name)
    fields = {"key": name_key(name), "until": until}
    Alias.objects.update_or_create(team=team, used_in=used_in, defaults=fields)


def drop_alias(team: Team, *, used_in: str) -> None:
    Alias.objects.filter(team=team, used_in=used_in).delete()
