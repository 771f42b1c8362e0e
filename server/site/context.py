"""Context processor for the navigation of every page."""

from django.http import HttpRequest

from server.teams.eligibility import team_of
from server.tracks.models import Track


def navigation(request: HttpRequest) -> dict[str, object]:
    user = getattr(request, "user", None)
    return {
        "nav_tracks": Track.objects.all(),
        "nav_team": team_of(user) if user and user.is_authenticated else None,
    }
