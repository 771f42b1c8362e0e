"""Context processor for the navigation of every page."""

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from server.teams.eligibility import team_of
from server.tracks.models import Track


def navigation(request: HttpRequest) -> dict[str, object]:
    """The listed editions, the tracks of the current one, and the reader's team. One query reads all tracks."""
    user = getattr(request, "user", None)
    tracks = SimpleLazyObject(lambda: list(Track.objects.listed().select_related("edition")))
    editions = SimpleLazyObject(lambda: list(dict.fromkeys(track.edition for track in tracks)))
    return {
        "listed_editions": editions,  # the current one first
        "nav_tracks": SimpleLazyObject(lambda: [track for track in tracks if track.edition == editions[0]]),
        "nav_team": team_of(user) if user and user.is_authenticated else None,
    }
