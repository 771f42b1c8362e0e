"""Audience of an announcement: which teams, and which of their members get the mail."""

from dataclasses import dataclass

from server.teams.models import Team
from server.tracks.models import Phase, Track


@dataclass(frozen=True)
class Audience:
    """Who is meant. The parts narrow each other down; an empty part narrows nothing.

    A team belongs to a track or phase if it has submitted there or, until that closes, can submit there.
    """

    tracks: tuple[Track, ...] = ()
    phases: tuple[Phase, ...] = ()
    teams: tuple[Team, ...] = ()
    has_submitted: bool = False
    has_slots_left: bool = False


EVERYBODY = Audience()
