# Run in the web container by `manage.py shell`: an open phase with many teams, whose tokens it prints.
import json
from datetime import timedelta

from django.utils import timezone

from server.accounts.models import User
from server.accounts.services import make_token
from server.teams.services import create_team
from server.tracks.models import Phase, Track

TEAMS = 40  # the API takes 60 submissions an hour from a person

phases = {}
for slug in ("segmentation", "localization"):
    facts = {"title": "Check", "limit": 1000, "opens_at": timezone.now() - timedelta(hours=1)}
    track = Track.objects.get(slug=slug)
    phases[slug] = Phase.objects.create(track=track, split="val", slug="check", **facts).pk
tokens = []
for number in range(TEAMS):
    user = User.objects.create_user(f"team{number}@example.org", name=f"Person {number}")
    create_team(user=user, name=f"team{number}", affiliation="")
    tokens.append(make_token(user=user, label="check", scope="submit", days=None)[1])
print(json.dumps({"phases": phases, "tokens": tokens}, default=str))
