"""Ends of team locks: they follow the phase, whose deadline may move after the submission that locks."""

import re
from datetime import datetime

from django.db.models import QuerySet

from server.teams.models import TeamLock
from server.tracks.models import Phase

KEY = re.compile(r"phase (\d+), (.+)")


def lock_key(phase: Phase, at: datetime) -> str:
    """Return the key of the team locks of the phase and its quota window at that time."""
    return f"phase {phase.pk}, {phase.window(at)}"


def locks_of(phase: Phase) -> QuerySet[TeamLock]:
    """Return the team locks of all quota windows of the phase, but those that an organiser ended."""
    return TeamLock.objects.filter(key__startswith=f"phase {phase.pk}, ", ended_at=None)


def window_of(lock: TeamLock) -> str:
    """Return the name of the quota window that the lock is for."""
    return lock.key.partition(", ")[2]


def follow_phases(locks: list[TeamLock], **_: object) -> None:
    """Give the locks the present name of their phase and the present end of its quota window."""
    keys = [(lock, key) for lock in locks if (key := KEY.fullmatch(lock.key))]
    phases = Phase.objects.select_related("track").in_bulk({int(key[1]) for _, key in keys}) if keys else {}
    for lock, key in keys:
        if phase := phases.get(int(key[1])):
            lock.what, lock.until = str(phase), phase.end_of_window(key[2])
