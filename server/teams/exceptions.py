"""Exceptions of team services; each message says why the request is refused and what to do."""

from typing import Self

from django.conf import settings

from server.accounts.models import User
from server.contact import write_to_organisers
from server.outbox.relay_limits import TooManyRelayed
from server.teams.models import Invitation, Team, TeamLock
from server.time_format import format_utc


class TeamRefused(Exception):
    """A refused request about a team. `title` names the problem, the message says why and what to do."""

    title = "This is not possible"
    is_about_address = False


class NameRefused(TeamRefused):
    title = "The name cannot be used"


class NameReserved(NameRefused):
    def __init__(self, name: str) -> None:
        super().__init__(f"“{name}” looks like an official name. Choose another.")


class NameTaken(NameRefused):
    def __init__(self, name: str) -> None:
        super().__init__(
            f"Another team is called “{name}”, or has a name that looks almost the same. Choose another."
        )


class AlreadyInTeam(TeamRefused):
    def __init__(self, team: Team | None) -> None:
        self.title = f"You are already in {team or 'a team'}"
        super().__init__(
            "A person can be in one team only. To join another, first leave this one on its page, under Members."
        )


class NotInTeam(TeamRefused):
    title = "Not in the team"

    def __init__(self, who: str = "You are") -> None:
        super().__init__(f"{who} no longer in the team. Nothing was changed.")


class NotCaptain(TeamRefused):
    title = "Only the captain can do this"

    def __init__(self) -> None:
        super().__init__("Ask the team’s captain to do it, or to make you the captain.")


class CaptainStays(TeamRefused):
    title = "Transfer the captaincy first"

    def __init__(self, team: Team) -> None:
        super().__init__(
            f"You are the captain of {team}, and it has other members. "
            "Make one of them the captain on the team’s page under Members, then leave."
        )


class CaptainIsNotRemoved(TeamRefused):
    title = "A captain cannot be removed"

    def __init__(self) -> None:
        super().__init__("You cannot remove yourself. Transfer the captaincy, then leave.")


class TeamFull(TeamRefused):
    title = "The team is full"

    def __init__(self, team: Team) -> None:
        super().__init__(
            f"{team} has {settings.TEAM_SIZE} members, the most a team may have. "
            "You can join with this invitation once somebody has left."
        )


class InvitationEnded(TeamRefused):
    WHY = {
        Invitation.Status.EXPIRED: "It has expired.",
        Invitation.Status.WITHDRAWN: "It was withdrawn.",
        Invitation.Status.USED: "It was for one person and has been used.",
    }
    title = "This invitation no longer works"

    def __init__(self, status: Invitation.Status) -> None:
        super().__init__(f"{self.WHY[status]} Ask the team’s captain for a new one.")


class RemovedSince(TeamRefused):
    title = "This invitation no longer works for you"

    def __init__(self, team: Team) -> None:
        super().__init__(f"It was made before you were removed from {team}. Ask the team’s captain for a new one.")


class ForAnotherAddress(TeamRefused):
    title = "This invitation is for another address"
    is_about_address = True

    def __init__(self) -> None:
        super().__init__(
            "It works only for the e-mail address it was sent to, once that address is verified. Log in with the "
            "account that has it, add it to this account, or ask the captain to invite the address you use."
        )


class TooManyInvitations(TeamRefused):
    title = "Too many invitations"

    def __init__(self, what: str) -> None:
        super().__init__(
            f"{what} within a day, which is the limit. Create a link instead and send it yourself, or try again "
            "tomorrow."
        )

    @classmethod
    def by_mail(cls, limit: TooManyRelayed) -> Self:
        if limit.to_one_mailbox:
            return cls(f"This address was sent {limit.limit} invitations")
        return cls(f"You have sent {limit.limit} invitations")


class StillLocked(TeamRefused):
    """The person has submitted with another team to a phase that is not over."""

    def __init__(self, lock: TeamLock) -> None:
        self.title = f"You are locked to {lock.team}"
        back = "no longer has members" if lock.team.archived_at else "can invite you back"
        super().__init__(
            f"You were in {lock.team} when it submitted to {lock.what}, so you cannot be in another team "
            f"{until(lock)}. {lock.team} {back}. If you have a good reason to change teams, "
            f"{write_to_organisers()}: they can end the lock."
        )


class LockedToAnotherTeam(TeamRefused):
    title = "A member is locked to another team"

    def __init__(self, lock: TeamLock) -> None:
        super().__init__(
            f"{lock.user} was in {lock.team} when it submitted to {lock.what}, and cannot take part there with "
            f"another team. Submit without {lock.user} in the team, or {write_to_organisers()}: they can end the "
            "lock."
        )


class AlreadyCaptain(TeamRefused):
    title = "Already the captain"

    def __init__(self, member: User) -> None:
        super().__init__(f"{member} is already the team’s captain. Nothing was changed.")


class TeamLockEnded(TeamRefused):
    title = "This team lock has ended"

    def __init__(self) -> None:
        super().__init__("Somebody has already ended it. Nothing was changed.")


def until(lock: TeamLock) -> str:
    """Return the lock's end in words."""
    return f"until {format_utc(lock.until)}" if lock.until else "while that phase is open"
