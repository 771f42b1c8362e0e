"""The announcement to all teams that submitted: final results are published, or were withdrawn."""

from collections.abc import Sequence

from django.conf import settings

from server.accounts.models import User
from server.announcements.audience import Audience, recipients_of
from server.announcements.models import SUBJECT_LENGTH
from server.announcements.services import draft_announcement, send_announcement
from server.results.models import FinalResults
from server.tracks.models import Phase

MAIL = "mail to the teams"  # as the audit log names it
SWITCHED_OFF = "switched off"


def mail_in_words(phases: Sequence[Phase]) -> str:
    """Return to how many the announcement goes, as previews and the audit log say it."""
    found = recipients_of(_audience(phases), important=True)
    people, teams = found.people_count, found.team_count
    if not people:
        return "to nobody: no team that submitted has a member with a verified address"
    who = f"to {people} {'person' if people == 1 else 'people'}"
    return f"{who} in {teams} team{'s' * (teams != 1)}, also to those who turned announcements off"


def send_news(results: Sequence[FinalResults], reason: str, by: User, *, withdrawn: bool) -> None:
    """Draft and send the announcement, in the act's transaction; nothing where nobody would get it."""
    phases = [each.phase for each in results]
    audience = _audience(phases)
    if not recipients_of(audience, important=True).memberships:
        return
    what = "were withdrawn" if withdrawn else "are published"
    lines = "\n".join(
        f"- {each.phase}, version {each.number}: {settings.SITE_URL}{each.get_absolute_url()}" for each in results
    )
    titles = ", ".join(dict.fromkeys(phase.title for phase in phases))
    draft = draft_announcement(
        subject=f"Final results {what}: {titles}"[:SUBJECT_LENGTH],
        text=f"The final results of these phases {what}:\n\n{lines}\n\n{reason}",
        by=by,
        audience=audience,
        important=True,
        on_site=True,
    )
    send_announcement(draft, by=by)


def _audience(phases: Sequence[Phase]) -> Audience:
    return Audience(phases=tuple(phases), has_submitted=True)
