"""Services for team locks: a submission locks its team's members, and an organiser may end a lock."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from server.accounts.models import User
from server.audit.services import record
from server.teams.exceptions import LockedToAnotherTeam, TeamLockEnded
from server.teams.models import Team, TeamLock


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
