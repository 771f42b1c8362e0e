"""Services for teams: creating, inviting, joining, leaving, captaincy and renaming."""

from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.template.loader import render_to_string
from django.utils import timezone

from server.accounts.models import User
from server.outbox.models import EmailKind
from server.outbox.relay_limits import TooManyRelayed, count_relayed
from server.outbox.services import enqueue_email, mailed_name
from server.teams.aliases import check_name_free
from server.teams.eligibility import check_invited, check_not_locked, team_of
from server.teams.exceptions import (
    AlreadyInTeam,
    CaptainIsNotRemoved,
    CaptainStays,
    InvitationEnded,
    NameTaken,
    NotCaptain,
    NotInTeam,
    TeamFull,
    TooManyInvitations,
)
from server.teams.models import AFFILIATION_LENGTH, NAME_LENGTH, Invitation, Membership, PastMembership, Team
from server.teams.names import name_key, tidy, tidy_team_name
from server.unique_sequence import take_lowest_free

MAX_INVITATIONS_PER_DAY = 20
NAMES = ("name", "affiliation")


# Creating and joining


@transaction.atomic
def create_team(*, user: User, name: str, affiliation: str) -> Team:
    """Create a team with this person as its captain."""
    team = Team()
    write_names(team, name, affiliation)
    _add_member(team, user, Membership.Role.CAPTAIN)
    return team


@transaction.atomic
def join(*, user: User, invitation: Invitation) -> Team:
    """Join the team of an invitation. Raises TeamRefused."""
    team = Team.objects.select_for_update().filter(pk=invitation.team_id).first()
    current = Invitation.objects.filter(pk=invitation.pk).first()  # read again, the team is locked
    if team is None or current is None:
        raise InvitationEnded(Invitation.Status.WITHDRAWN)
    check_invited(user, current)
    _add_member(team, user, Membership.Role.MEMBER)
    if current.email:
        Invitation.objects.filter(pk=invitation.pk).update(accepted_at=timezone.now())
    return team


# Inviting


@transaction.atomic
def invite(*, captain: User) -> Invitation:
    """Create a link with which others can join the captain's team. Raises NotCaptain."""
    return Invitation.objects.create(team=_lock_as_captain(captain), created_by=captain)


@transaction.atomic
def invite_person(*, captain: User, email: str) -> Invitation:
    """E-mail an invitation that only the owner of the address can use; it replaces an earlier one.

    Raises NotCaptain or TooManyInvitations.
    """
    team, email, now = _lock_as_captain(captain), email.strip().lower(), timezone.now()
    mailed = team.invitations.exclude(email="")
    if mailed.filter(created_at__gt=now - timedelta(days=1)).count() >= MAX_INVITATIONS_PER_DAY:
        raise TooManyInvitations(f"Your team has sent {MAX_INVITATIONS_PER_DAY} invitations")
    try:
        count_relayed(captain, email)
    except TooManyRelayed as limit:
        raise TooManyInvitations.by_mail(limit) from limit
    mailed.usable(now).filter(email=email).withdraw()
    invitation = Invitation.objects.create(team=team, email=email, created_by=captain)
    _enqueue_invitation(invitation)
    return invitation


def _enqueue_invitation(invitation: Invitation) -> None:
    """Write the invitation into the outbox; the captain also sees its link on the team's page."""
    team = invitation.team
    names = {"inviter": str(invitation.created_by), "team": team.name, "affiliation": team.affiliation}
    safe = {what: mailed_name(name) for what, name in names.items()}  # or a name could add lines and links
    context = {"invitation": invitation, "site_url": settings.SITE_URL, **safe}
    subject = render_to_string("teams/email/invitation_subject.txt", context)
    text = render_to_string("teams/email/invitation_message.txt", context)
    key = f"invitation {invitation.pk}"
    enqueue_email(invitation.email, EmailKind.INVITED, key, subject, text, until=invitation.expires_at)


@transaction.atomic
def withdraw_invitation(*, captain: User, invitation: Invitation) -> None:
    """Withdraw an invitation; a second call changes nothing. Raises NotCaptain."""
    _lock_as_captain(captain).invitations.filter(pk=invitation.pk).withdraw()


# Leaving


@transaction.atomic
def leave(*, user: User) -> Team:
    """Leave the team; after its last member it is deleted or archived. Raises NotInTeam or CaptainStays."""
    membership = _locked_membership(user)
    if membership is None:
        raise NotInTeam
    team = membership.team
    has_others = team.memberships.exclude(user=user).exists()
    if has_others and membership.role == Membership.Role.CAPTAIN:
        raise CaptainStays(team)
    _end(membership, by=user)
    if not has_others:
        _close(team)
    return team


@transaction.atomic
def remove(*, captain: User, member: User) -> None:
    """Remove a member, who no longer has access to the team's pages. Raises TeamRefused."""
    team = _lock_as_captain(captain)
    if member == captain:
        raise CaptainIsNotRemoved
    _end(member_of(team, member), by=captain)


@transaction.atomic
def leave_for_good(*, user: User) -> Team | None:
    """End the membership of somebody whose account is erased; if they led the team, `heir` does from then on."""
    membership = _locked_membership(user)
    if membership is None:
        return None
    successor = heir(user)
    _end(membership, by=user)
    if successor:
        make_captain(successor)
    elif not membership.team.memberships.exists():
        _close(membership.team)
    return membership.team


def heir(captain: User) -> Membership | None:
    """Return who becomes the captain if this one goes: whoever joined first. None if they lead nobody."""
    led = Membership.objects.filter(user=captain, role=Membership.Role.CAPTAIN).first()
    others = (
        Membership.objects.filter(team=led.team_id).exclude(user=captain) if led else Membership.objects.none()
    )
    return others.select_related("user", "team").order_by("joined_at", "pk").first()


def _end(membership: Membership, by: User) -> None:
    PastMembership.objects.create(
        user=membership.user, team=membership.team, joined_at=membership.joined_at, ended_by=by
    )
    Membership.objects.filter(pk=membership.pk).delete()


def _close(team: Team) -> None:
    """Delete a team without members; if submissions or other rows refer to it, archive it instead."""
    pk = team.pk
    try:
        Team.objects.get(pk=pk).delete()
    except ProtectedError:
        Team.objects.filter(pk=pk).update(archived_at=timezone.now())
        team.invitations.withdraw()


# Captaincy and names


@transaction.atomic
def transfer_captaincy(*, captain: User, member: User) -> None:
    """Make another member the captain. Raises NotCaptain or NotInTeam."""
    team = _lock_as_captain(captain)
    make_captain(member_of(team, member))


def make_captain(successor: Membership) -> None:
    seats = successor.team.memberships
    seats.filter(role=Membership.Role.CAPTAIN).update(role=Membership.Role.MEMBER)
    seats.filter(pk=successor.pk).update(role=Membership.Role.CAPTAIN)


@transaction.atomic
def rename(*, captain: User, name: str, affiliation: str) -> Team:
    """Rename the team and its affiliation everywhere. Raises NotCaptain or NameRefused."""
    team = _lock_as_captain(captain)
    write_names(team, name, affiliation)
    return team


def write_names(team: Team, name: str, affiliation: str) -> None:
    """Save both names, unless they are as they were; an unchanged team name keeps its key. Raises NameRefused."""
    name, affiliation = tidy_team_name(name, NAME_LENGTH), tidy(affiliation, AFFILIATION_LENGTH)
    if (name, affiliation) == (team.name, team.affiliation):
        return
    team.affiliation = affiliation
    if name != team.name:
        check_name_free(team, name)
        team.name, team.name_key = name, name_key(name)
    team.renamed_at = timezone.now()
    try:
        with transaction.atomic():
            team.save()
    except IntegrityError as error:
        raise NameTaken(name) from error


# Row locks and memberships


def lock_team_row(team: Team) -> Team:
    """Lock the team's row until the transaction ends, so that submissions, joins and leaves take turns.

    Rows that refer to it can be added meanwhile (`no_key`), such as slots that an organiser grants to all teams.
    """
    return Team.objects.select_for_update(no_key=True).get(pk=team.pk)


def _lock_as_captain(captain: User) -> Team:
    """Lock and return the team of this captain. Raises NotCaptain."""
    membership = _locked_membership(captain)
    if membership is None or membership.role != Membership.Role.CAPTAIN:
        raise NotCaptain
    return membership.team


def _locked_membership(user: User) -> Membership | None:
    """Lock the row of the person's team and return the membership.

    The membership is read after the row is locked: it may have ended while we waited.
    """
    team = Team.objects.select_for_update(of=["self"]).filter(memberships__user=user).first()
    return Membership.objects.select_related("team", "user").filter(user=user, team=team).first()


def member_of(team: Team, member: User) -> Membership:
    membership = team.memberships.select_related("user", "team").filter(user=member).first()
    if membership is None:
        raise NotInTeam(f"{member} is")
    return membership


def _add_member(team: Team, user: User, role: str) -> None:
    """Give the person the team's lowest free seat. Raises AlreadyInTeam, TeamFull or StillLocked.

    Unique constraints decide. Team locks are checked once the person has a seat: from then on no submission of
    another team can lock them.
    """

    def create(seat: int) -> Membership:
        return Membership.objects.create(team=team, user=user, role=role, seat=seat)

    seats = range(1, settings.TEAM_SIZE + 1)
    try:
        membership = take_lowest_free(seats, Membership, Membership.SEAT_TAKEN_ONCE, create)
    except IntegrityError as error:
        raise AlreadyInTeam(team_of(user)) from error
    if membership is None:
        raise TeamFull(team)
    check_not_locked(user, team)
