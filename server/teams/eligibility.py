"""Rules for who may create or join a team; pages check them to warn early, services to enforce them."""

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from server.accounts.models import User
from server.teams.exceptions import (
    AlreadyInTeam,
    ForAnotherAddress,
    InvitationEnded,
    RemovedSince,
    StillLocked,
    TeamFull,
)
from server.teams.models import Invitation, Membership, PastMembership, Team
from server.teams.team_locks import active_locks


def team_of(user: User) -> Team | None:
    """Return the team this person is in."""
    membership = Membership.objects.select_related("team").filter(user_id=user.pk).first()
    return membership.team if membership else None


def is_captain(user: User) -> bool:
    """Return whether this person is a team's captain."""
    return Membership.objects.filter(user=user, role=Membership.Role.CAPTAIN).exists()


def teammates_of(user: User) -> QuerySet[User]:
    """Return present and former members of the person's team.

    Former members are among them so that a repeated request is told why it does nothing.
    """
    team = team_of(user)
    if team is None:
        return User.objects.none()
    return User.objects.filter(Q(membership__team=team) | Q(past_memberships__team=team)).distinct()


def check_free(user: User, team: Team | None = None) -> None:
    """Check that this person may create a team, or join this one. Raises AlreadyInTeam or StillLocked."""
    if current := team_of(user):
        raise AlreadyInTeam(current)
    check_not_locked(user, team)


def check_not_locked(user: User, team: Team | None) -> None:
    for team_lock in active_locks(user):
        if team is None or team_lock.team_id != team.pk:
            raise StillLocked(team_lock)


def check_invited(user: User, invitation: Invitation) -> None:
    """Check that this person may use the invitation. Raises TeamRefused."""
    if not invitation.usable:
        raise InvitationEnded(invitation.status)
    if invitation.email and not _has_verified(user, invitation.email):
        raise ForAnotherAddress
    if _was_removed_since(user, invitation):
        raise RemovedSince(invitation.team)
    if invitation.team.memberships.count() >= settings.TEAM_SIZE:
        raise TeamFull(invitation.team)


def invitations_to(user: User) -> list[Invitation]:
    """Return the usable invitations to addresses that this person has verified."""
    verified = EmailAddress.objects.filter(user=user, verified=True).values_list("email", flat=True)
    addresses = [email.lower() for email in verified]
    return list(Invitation.objects.usable(timezone.now()).filter(email__in=addresses).select_related("team"))


def _has_verified(user: User, email: str) -> bool:
    return bool(EmailAddress.objects.filter(user=user, email__iexact=email, verified=True).exists())


def _was_removed_since(user: User, invitation: Invitation) -> bool:
    """Whether the captain removed this person after the invitation was made, which must not let them back in."""
    past_memberships = PastMembership.objects.filter(
        user=user, team=invitation.team_id, left_at__gt=invitation.created_at
    )
    return past_memberships.exclude(ended_by=user).exists()
