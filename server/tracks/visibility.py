"""What the reader of a page may see: organisers all tracks and phases, others those of listed editions."""

from django.conf import settings
from django.http import HttpRequest

from server.tracks.models import Phase, Track
from server.tracks.models.edition import Edition, EditionQuerySet, Reader
from server.tracks.models.phase import PhaseQuerySet
from server.tracks.models.track import TrackQuerySet


def visible_editions(request: HttpRequest) -> EditionQuerySet:
    return Edition.objects.visible_to(_reader(request))


def visible_tracks(request: HttpRequest) -> TrackQuerySet:
    return Track.objects.visible_to(_reader(request)).select_related("edition")


def visible_phases(request: HttpRequest) -> PhaseQuerySet:
    return Phase.objects.visible_to(_reader(request)).select_related("track__edition")


def _reader(request: HttpRequest) -> Reader:
    """Who asks. Without a session nobody is looked up: answers to visitors do not vary by cookie."""
    return request.user if settings.SESSION_COOKIE_NAME in request.COOKIES else None
