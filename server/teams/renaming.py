"""Renaming of a team by organisers, for example where a name offends."""

from dataclasses import dataclass

from django.db import transaction

from server.accounts.models import User
from server.acts import check_fingerprint, checked_reason
from server.audit.services import as_text, differences, record
from server.teams.aliases import check_name_free
from server.teams.emails import MAIL, mail_in_words, tell_team
from server.teams.exceptions import NamesUnchanged
from server.teams.models import AFFILIATION_LENGTH, NAME_LENGTH, Team
from server.teams.names import tidy, tidy_team_name
from server.teams.services import NAMES, lock_team_row, write_names


@dataclass(frozen=True)
class RenamePreview:
    """What a renaming would do: {name or affiliation: (from, to)}."""

    changes: dict[str, list[str]]
    effects: tuple[str, ...]
    mail: str
    way_back: str = "Rename it back. The former name is free for others meanwhile."


def preview_rename(team: Team, name: str, affiliation: str) -> RenamePreview:
    """Return what these names would change. Raises NameRefused, or NamesUnchanged."""
    new = {"name": tidy_team_name(name, NAME_LENGTH), "affiliation": tidy(affiliation, AFFILIATION_LENGTH)}
    changes = differences(as_text(team, NAMES), new)
    if not changes:
        raise NamesUnchanged
    if "name" in changes:
        check_name_free(team, new["name"])
    boards = team.submissions.order_by().values("phase").distinct().count()
    where = f"on {boards} board{'s' * (boards != 1)}" if boards else "wherever it stands"
    effect = f"Pages, exports and the API show the new words {where}, also for the past, except under a pseudonym."
    return RenamePreview(changes, (effect,), mail_in_words(team))


@transaction.atomic
def rename_as_organiser(
    *,
    team: Team,
    name: str,
    affiliation: str,
    by: User,
    reason: str,
    tell: bool = True,
    seen: str | None = None,
) -> Team:
    """Rename a team as an organiser. Raises NameRefused, NamesUnchanged, ReasonMissing or PreviewOutdated."""
    team, reason = lock_team_row(team), checked_reason(reason)
    preview = preview_rename(team, name, affiliation)
    check_fingerprint(seen, preview)
    write_names(team, name, affiliation)
    changes = {**preview.changes, MAIL: ["", mail_in_words(team, tell)]}
    entry = record(by=by, what="renamed a team", subject=team, changes=changes, reason=reason)
    if tell:
        words = [f"{what} is no longer “{old}” but “{new}”" for what, (old, new) in preview.changes.items()]
        tell_team(team, entry=entry, what=f"Its {', and its '.join(words)}.", reason=reason)
    return team
