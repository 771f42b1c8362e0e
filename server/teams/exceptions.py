"""Why a wish about a team cannot be met, what to do about it, and which sentence says so."""

from django.conf import settings

from server.accounts.models import User
from server.teams.models import Invitation, Team, TeamLock
from server.time_format import format_utc


class TeamRefused(Exception):
    """A wish about a team that cannot be met. `title` names it, the message says why and what to do."""

    title = "This cannot be done"
    is_about_address = False


class NameRefused(TeamRefused):
    title = "The name cannot be used"


class NameReserved(NameRefused):
    def __init__(self, name: str) -> None:
        super().__init__(f"“{name}” would be read as an official name. Choose another.")


class NameTaken(NameRefused):
    def __init__(self, name: str) -> None:
        super().__init__(
            f"Another team is called “{name}”, or so nearly that readers would mix them up. Choose another."
        )


class AlreadyInTeam(TeamRefused):
    def __init__(self, team: Team | None) -> None:
        self.title = f"You are in {team or 'a team'} already"
        super().__init__(
            "A person is in one team only. To be in another, leave this one first, on its page under Members."
        )


class NotInTeam(TeamRefused):
    title = "Not in the team"

    def __init__(self, who: str = "You are") -> None:
        super().__init__(f"{who} not in the team any more; nothing was changed.")


class NotCaptain(TeamRefused):
    title = "For the captain"

    def __init__(self) -> None:
        super().__init__("Only the team’s captain can do this. Ask them, or have them make you the captain.")


class CaptainStays(TeamRefused):
    title = "Hand the captaincy over first"

    def __init__(self, team: Team) -> None:
        super().__init__(
            f"You are the captain of {team}, and it has other members. "
            "Make one of them the captain on the team’s page under Members, then leave."
        )


class CaptainIsNotRemoved(TeamRefused):
    title = "A captain is not removed"

    def __init__(self) -> None:
        super().__init__("You cannot remove yourself. Hand the captaincy over, then leave.")


class TeamFull(TeamRefused):
    title = "The team is full"

    def __init__(self, team: Team) -> None:
        super().__init__(
            f"{team} has {settings.TEAM_SIZE} members, and no team may have more. "
            "You can join once somebody has left; the invitation stays as it is until then."
        )


class InvitationEnded(TeamRefused):
    WHY = {
        Invitation.Standing.EXPIRED: "It has expired.",
        Invitation.Standing.WITHDRAWN: "It was withdrawn.",
        Invitation.Standing.USED: "It was for one person and has been used.",
    }
    title = "This invitation no longer works"

    def __init__(self, standing: str) -> None:
        super().__init__(f"{self.WHY[standing]} Ask the team’s captain for a new one.")


class RemovedSince(TeamRefused):
    title = "This invitation does not bring you back"

    def __init__(self, team: Team) -> None:
        super().__init__(f"It was made before you were removed from {team}. Ask the team’s captain for a new one.")


class ForAnotherAddress(TeamRefused):
    title = "This invitation is for another address"
    is_about_address = True

    def __init__(self) -> None:
        super().__init__(
            "It works only for the e-mail address it was sent to, once that is verified here. Log in with the "
            "account that has it, or add it to this one; or ask the captain to invite the address you use."
        )


class TooManyInvitations(TeamRefused):
    title = "Too many invitations"

    def __init__(self, most: int) -> None:
        super().__init__(
            f"Your team has sent {most} invitations within a day, and no more are mailed. "
            "Make a link instead and send it yourself, or try again tomorrow."
        )


class StillLocked(TeamRefused):
    """The person played for another team, in something that is not over."""

    def __init__(self, lock: TeamLock) -> None:
        self.title = f"You have played for {lock.team}"
        back = "has no members any more" if lock.team.archived_at else "can have you back by an invitation"
        super().__init__(
            f"You were in {lock.team} when it submitted to {lock.what}, so you can play for no other team "
            f"{until(lock)}. {lock.team} {back}. If you have a good reason to change, write to the organisers: "
            "they can end this."
        )


class LockedToAnotherTeam(TeamRefused):
    title = "A member has played for another team"

    def __init__(self, lock: TeamLock) -> None:
        super().__init__(
            f"{lock.user} has played for {lock.team} in {lock.what}, and can play for no other team there. "
            f"Submit without {lock.user} in the team, or write to the organisers: they can end this."
        )


class AlreadyCaptain(TeamRefused):
    title = "This is the captain"

    def __init__(self, member: User) -> None:
        super().__init__(f"{member} is the team’s captain already; nothing was changed.")


class TeamLockEnded(TeamRefused):
    title = "This team lock has ended"

    def __init__(self) -> None:
        super().__init__("Somebody has ended it already; nothing was changed.")


def until(lock: TeamLock) -> str:
    return f"until {format_utc(lock.until)}" if lock.until else "for as long as that goes on"
