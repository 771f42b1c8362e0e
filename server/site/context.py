"""Context processor for the navigation of every page."""

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from server.teams.eligibility import team_of
from server.tracks.models import Edition, Track


def navigation(request: HttpRequest) -> dict[str, object]:
    user = getattr(request, "user", None)
    editions = SimpleLazyObject(lambda: list(Edition.objects.listed()))
    return {
        "listed_editions": editions,  # the current one first
        "nav_tracks": SimpleLazyObject(lambda: list(Track.objects.filter(edition__in=editions[:1]))),
        "nav_team": team_of(user) if user and user.is_authenticated else None,
    }
