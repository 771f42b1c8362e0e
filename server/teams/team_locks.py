"""Services for team locks: a submission locks its team's members, and an organiser may end a lock."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.dispatch import Signal
from django.utils import timezone

from server.accounts.models import User
from server.audit.services import record
from server.teams.exceptions import LockedToAnotherTeam, TeamLockEnded
from server.teams.models import Team, TeamLock

# Sent with `locks`, a list of team locks that were read: whoever made them sets their present `until` and `what`.
locks_read = Signal()


def active_locks(user: User) -> list[TeamLock]:
    """Return the team locks that bind this person now, the longest first."""
    now = timezone.now()
    locks = as_of_now(TeamLock.objects.filter(user=user, ended_at=None).select_related("team").order_by("since"))
    active = [lock for lock in locks if lock.until is None or lock.until > now]
    return sorted(active, key=lambda lock: (lock.until is None, lock.until or now), reverse=True)


def as_of_now(team_locks: Iterable[TeamLock]) -> list[TeamLock]:
    """Return the team locks with their present ends: a deadline may have moved since the submission that locks."""
    locks = list(team_locks)
    locks_read.send(TeamLock, locks=locks)
    return locks


def lock_members(team: Team, *, key: str, what: str, until: datetime | None) -> None:
    """Lock all current members to the team for one phase. Raises LockedToAnotherTeam.

    Called in the transaction of the submission that locks them, with the team's row locked.
    """
    for membership in team.memberships.select_related("user").order_by("user_id"):
        fields = {"team": team, "what": what, "until": until}
        team_lock, _ = TeamLock.objects.select_related("team").get_or_create(
            user=membership.user, key=key, ended_at=None, defaults=fields
        )
        if team_lock.team_id != team.pk:
            raise LockedToAnotherTeam(team_lock)


@transaction.atomic
def end_team_lock(team_lock: TeamLock, *, by: User, reason: str) -> None:
    """End a person's team lock as an organiser. Raises TeamLockEnded."""
    active = TeamLock.objects.filter(pk=team_lock.pk, ended_at=None)
    if not active.update(ended_at=timezone.now(), ended_by=by, reason=reason):
        raise TeamLockEnded
    changes = {f"team lock of {team_lock.user.email}": [team_lock.what, "ended"]}
    record(by=by, what="ended a team lock", subject=team_lock.team, changes=changes, reason=reason)
