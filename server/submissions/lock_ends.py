"""Ends of team locks: they follow the phase, whose deadline may move after the submission that locks.

Locks that had ended are active again once their phase is reopened. Who joined another team in between stays there.
"""

import re
from datetime import datetime

from django.utils import timezone

from server.teams.models import TeamLock
from server.teams.team_locks import as_of_now
from server.tracks.models import Phase

NAMED = 20  # people in one message
MOVED = (
    "{people} whom a submission to this phase locks to a team joined another team while it was closed: {names}. "
    "A team with such a member cannot submit to this phase until the member leaves it, or you end the member's "
    "team lock (Admin › Team locks)."
)
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


def warn_of_moved_members(phase: Phase, **_: object) -> str:
    """Return a warning that names who is locked to one team by this phase and is in another; empty for none."""
    of_phase = TeamLock.objects.filter(key__startswith=f"phase {phase.pk}, ", ended_at=None)
    locks = as_of_now(of_phase.select_related("team", "user__membership__team").order_by("user__name"))
    now = timezone.now()
    moved = [
        f"{lock.user} (with {lock.team}, now in {lock.user.membership.team})"
        for lock in locks
        if (lock.until is None or lock.until > now)
        and hasattr(lock.user, "membership")
        and lock.user.membership.team_id != lock.team_id
    ]
    if not moved:
        return ""
    more = [f"and {len(moved) - NAMED} more"] if len(moved) > NAMED else []
    people = "1 person" if len(moved) == 1 else f"{len(moved)} people"
    return MOVED.format(people=people, names=", ".join([*moved[:NAMED], *more]))
