"""Another captain for a team, appointed by an organiser: for one who cannot be reached."""

from dataclasses import dataclass

from django.db import transaction

from server.accounts.models import User
from server.acts import check_fingerprint, checked_reason
from server.audit.services import record
from server.teams.emails import MAIL, mail_in_words, tell_team
from server.teams.exceptions import AlreadyCaptain
from server.teams.models import Membership, Team
from server.teams.services import lock_team_row, make_captain, member_of


@dataclass(frozen=True)
class CaptainPreview:
    """What it would do: {captain: (from, to)}."""

    changes: dict[str, list[str]]
    effects: tuple[str, ...]
    mail: str
    way_back: str = "Make the former captain the captain again."


def preview_appoint(team: Team, member: User) -> CaptainPreview:
    """Return what making the member the captain would do. Raises NotInTeam or AlreadyCaptain."""
    if member_of(team, member).role == Membership.Role.CAPTAIN:
        raise AlreadyCaptain(member)
    former = team.memberships.select_related("user").get(role=Membership.Role.CAPTAIN).user
    effects = (
        f"{member} can rename the team, invite and remove members; {former} stays a member and no longer can.",
        "Submissions, slots, team locks and leaderboards stay as they are.",
    )
    return CaptainPreview({"captain": [str(former), str(member)]}, effects, mail_in_words(team))


@transaction.atomic
def appoint_captain(
    *, team: Team, member: User, by: User, reason: str, tell: bool = True, seen: str | None = None
) -> None:
    """Make a member the captain. Raises NotInTeam, AlreadyCaptain, ReasonMissing or PreviewOutdated."""
    team, reason = lock_team_row(team), checked_reason(reason)
    preview = preview_appoint(team, member)
    check_fingerprint(seen, preview)
    make_captain(member_of(team, member))
    changes = {**preview.changes, MAIL: ["", mail_in_words(team, tell)]}
    entry = record(by=by, what="appointed a captain", subject=team, changes=changes, reason=reason)
    if tell:
        former, present = preview.changes["captain"]
        tell_team(team, entry=entry, what=f"{present} is its captain now, in place of {former}.", reason=reason)
