"""What happens to teams."""

from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from server.accounts.models import User
from server.numbering import take_lowest_free
from server.teams.models import Invitation, Membership, Team, Tie, name_key


class TeamRefused(Exception):
    """A wish about a team that cannot be met; the message says why and what to do."""


class AlreadyInTeam(TeamRefused):
    def __init__(self) -> None:
        super().__init__("You are already in a team, and a person is in one team only.")


class NameTaken(TeamRefused):
    def __init__(self, username: str) -> None:
        super().__init__(f"Another team is called “{username}”, or so nearly that readers would mix them up.")


class InvitationEnded(TeamRefused):
    def __init__(self) -> None:
        super().__init__("This invitation has expired or was withdrawn. Ask the captain for a new link.")


class TeamFull(TeamRefused):
    def __init__(self, team: Team) -> None:
        super().__init__(f"{team} has {settings.TEAM_SIZE} members, and no team may have more.")


class TiedToAnotherTeam(TeamRefused):
    def __init__(self, tie: Tie) -> None:
        super().__init__(
            f"{tie.user} has played for {tie.team} in {tie.what}, and can play for no other team there."
        )


class NotCaptain(TeamRefused):
    def __init__(self) -> None:
        super().__init__("Only the team's captain can do this.")


def found(*, user: User, username: str, name: str) -> Team:
    """Found a team with this person as its captain."""
    username = " ".join(username.split())
    with transaction.atomic():
        try:
            with transaction.atomic():
                team = Team.objects.create(
                    username=username, username_key=name_key(username), name=" ".join(name.split())
                )
        except IntegrityError as error:
            raise NameTaken(username) from error
        _add_member(team, user, Membership.Role.CAPTAIN)
    return team


def join(*, user: User, invitation: Invitation) -> Team:
    """Join the team an invitation leads to."""
    if not invitation.usable:
        raise InvitationEnded
    _add_member(invitation.team, user, Membership.Role.MEMBER)
    return invitation.team


def invite(*, captain: User) -> Invitation:
    """Make a link that lets others join the captain's team."""
    return Invitation.objects.create(team=_team_led_by(captain), created_by=captain)


def withdraw_invitation(*, captain: User, invitation: Invitation) -> None:
    """End a link; saying it twice changes nothing."""
    team = _team_led_by(captain)
    team.invitations.filter(pk=invitation.pk, withdrawn_at=None).update(withdrawn_at=timezone.now())


def tie_members(team: Team, *, key: str, what: str, until: datetime | None) -> None:
    """Tie everyone who is in the team now to it in that matter; raises TiedToAnotherTeam where one cannot be.

    Called inside the transaction of the hand-in that ties them, with the team's row locked.
    """
    for membership in team.memberships.select_related("user").order_by("user_id"):
        facts = {"team": team, "what": what, "until": until}
        tie, _ = Tie.objects.select_related("team").get_or_create(user=membership.user, key=key, defaults=facts)
        if tie.team_id != team.pk:
            raise TiedToAnotherTeam(tie)


def locked(team: Team) -> Team:
    """The team's row as it is now, held until the transaction ends: hand-ins, joins and leaves take turns."""
    return Team.objects.select_for_update().get(pk=team.pk)


def team_of(user: User) -> Team | None:
    """The team this person is in."""
    membership = Membership.objects.select_related("team").filter(user_id=user.pk).first()
    return membership.team if membership else None


def _team_led_by(user: User) -> Team:
    membership = Membership.objects.select_related("team").filter(user=user, role=Membership.Role.CAPTAIN).first()
    if membership is None:
        raise NotCaptain
    return membership.team


def _add_member(team: Team, user: User, role: str) -> None:
    """Give the person the team's lowest free seat; the constraints decide."""

    def sit_down(seat: int) -> Membership:
        return Membership.objects.create(team=team, user=user, role=role, seat=seat)

    seats = range(1, settings.TEAM_SIZE + 1)
    try:
        membership = take_lowest_free(seats, Membership, Membership.SEAT_TAKEN_ONCE, sit_down)
    except IntegrityError as error:
        raise AlreadyInTeam from error
    if membership is None:
        raise TeamFull(team)
