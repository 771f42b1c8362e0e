"""Ends of team locks: they follow the phase, whose deadline may move after the submission that locks."""

import re
from datetime import datetime

from server.teams.models import TeamLock
from server.tracks.models import Phase

KEY = re.compile(r"phase (\d+), (.+)")


def lock_key(phase: Phase, at: datetime) -> str:
    """Return the key of the team locks of the phase and its quota window at that time."""
    return f"phase {phase.pk}, {phase.window(at)}"


def follow_phases(locks: list[TeamLock], **_: object) -> None:
    """Give the locks the present name of their phase and the present end of its quota window."""
    keys = [(lock, key) for lock in locks if (key := KEY.fullmatch(lock.key))]
    phases = Phase.objects.select_related("track").in_bulk({int(key[1]) for _, key in keys}) if keys else {}
    for lock, key in keys:
        if phase := phases.get(int(key[1])):
            lock.what, lock.until = str(phase), phase.end_of_window(key[2])
