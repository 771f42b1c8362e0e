"""Services for team locks: a submission locks its team's members, and an organiser may end a lock."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.dispatch import Signal
from django.utils import timezone

from server.accounts.models import ErasedAddress, User
from server.accounts.services import erased_accounts_of
from server.acts import check_fingerprint, checked_reason
from server.audit.services import record
from server.teams.emails import MAIL, mail_in_words, tell_team
from server.teams.exceptions import LockedToAnotherTeam, TeamLockEnded
from server.teams.models import Team, TeamLock
from server.time_format import format_utc

# Sent with `locks`, a list of team locks that were read: whoever made them sets their present `until` and `what`.
locks_read = Signal()


def active_locks(user: User) -> list[TeamLock]:
    """Return the team locks that bind this person now, the longest first.

    Those of an erased account with the same address do as well.
    """
    now = timezone.now()
    people = [user.pk, *erased_accounts_of(user)]
    rows = TeamLock.objects.filter(user__in=people, ended_at=None)
    locks = as_of_now(rows.select_related("team").order_by("since"))
    active = [lock for lock in locks if lock.until is None or lock.until > now]
    return sorted(active, key=lambda lock: (lock.until is None, lock.until or now), reverse=True)


def as_of_now(team_locks: Iterable[TeamLock]) -> list[TeamLock]:
    """Return the team locks with their present ends: a deadline may have moved since the submission that locks."""
    locks = list(team_locks)
    locks_read.send(TeamLock, locks=locks)
    return locks


def forget_addresses_without_locks() -> None:
    """Delete the hashed addresses of erased accounts that no team lock binds any more."""
    accounts = User.objects.filter(erased_addresses__isnull=False).distinct()
    free = [account.pk for account in accounts if not active_locks(account)]
    ErasedAddress.objects.filter(user__in=free).delete()


def lock_members(team: Team, *, key: str, what: str, until: datetime | None) -> None:
    """Lock all current members to the team for one phase. Raises LockedToAnotherTeam.

    Called in the transaction of the submission that locks them, with the team's row locked.
    """
    for membership in team.memberships.select_related("user").order_by("user_id"):
        fields = {"team": team, "what": what, "until": until}
        former = TeamLock.objects.filter(user__in=erased_accounts_of(membership.user), key=key, ended_at=None)
        if elsewhere := former.exclude(team=team).select_related("team").first():
            elsewhere.user = membership.user
            raise LockedToAnotherTeam(elsewhere)
        team_lock, _ = TeamLock.objects.select_related("team").get_or_create(
            user=membership.user, key=key, ended_at=None, defaults=fields
        )
        if team_lock.team_id != team.pk:
            raise LockedToAnotherTeam(team_lock)


@dataclass(frozen=True)
class EndLockPreview:
    """What the end of a team lock would do."""

    effects: tuple[str, ...]
    mail: str
    way_back: str = "None: once it is ended, the person may have joined another team."


def preview_end_lock(team_lock: TeamLock) -> EndLockPreview:
    """Return what ending the lock would do. Raises TeamLockEnded."""
    if team_lock.ended_at:
        raise TeamLockEnded
    lock = as_of_now([team_lock])[0]
    if lock.until and lock.until <= timezone.now():
        effect = f"None: the lock was over on {format_utc(lock.until)} anyway."
    else:
        until = format_utc(lock.until) if lock.until else "while it is open"
        effect = f"{lock.user} can join another team now, also in {lock.what} (locked until {until})."
    return EndLockPreview((effect,), mail_in_words(lock.team, also=[lock.user]))


@transaction.atomic
def end_team_lock(
    team_lock: TeamLock, *, by: User, reason: str, tell: bool = True, seen: str | None = None
) -> None:
    """End a person's team lock as an organiser. Raises TeamLockEnded, ReasonMissing or PreviewOutdated."""
    reason = checked_reason(reason)
    lock = TeamLock.objects.select_for_update(of=["self"]).select_related("team", "user").get(pk=team_lock.pk)
    preview = preview_end_lock(lock)
    check_fingerprint(seen, preview)
    person, team = lock.user, lock.team
    TeamLock.objects.filter(pk=lock.pk).update(ended_at=timezone.now(), ended_by=by, reason=reason)
    changes = {
        f"team lock of {person.email}": [lock.what, "ended"],
        MAIL: ["", mail_in_words(team, tell, also=[person])],
    }
    entry = record(by=by, what="ended a team lock", subject=team, changes=changes, reason=reason)
    if tell:
        told = f"{person} is no longer locked to it in {lock.what}, and can join another team."
        tell_team(team, entry=entry, what=told, reason=reason, also=[person])
