"""Mails to a team about a decision of the organisers, written in the transaction of the act."""

from collections.abc import Iterable

from django.conf import settings
from django.template.loader import render_to_string

from server.accounts.models import User
from server.audit.models import AuditLogEntry
from server.contact import write_to_organisers
from server.outbox.models import EmailKind
from server.outbox.services import enqueue_email, mailed_name, one_line
from server.teams.models import Team

MAIL = "mail to the team"  # as the audit log names it
SWITCHED_OFF = "switched off"


def mail_in_words(team: Team, tell: bool = True, *, also: Iterable[User] = ()) -> str:
    """Return to how many a mail about the team goes, as previews and the audit log say it."""
    count = len(_people(team, also))
    if not tell:
        return SWITCHED_OFF
    return f"to {count} {'person' if count == 1 else 'people'}" if count else "to nobody: the team has no members"


def tell_team(
    team: Team, *, entry: AuditLogEntry, what: str, reason: str, url: str = "", also: Iterable[User] = ()
) -> None:
    """Mail an act with its reason to the team's members, and `also` to those whom it concerns, once per entry."""
    context = {
        "team": mailed_name(team.name),
        "what": one_line(what),
        "reason": reason,
        "url": f"{settings.SITE_URL}{url}" if url else "",
        "write_to_organisers": write_to_organisers(),
    }
    subject = render_to_string("teams/email/decision_subject.txt", context)
    text = render_to_string("teams/email/decision_message.txt", context).strip()
    for person in _people(team, also):
        enqueue_email(person, EmailKind.IMPORTANT, f"act {entry.pk}", subject, text)


def _people(team: Team, also: Iterable[User]) -> list[User]:
    members = [membership.user for membership in team.memberships.select_related("user").order_by("user_id")]
    return [person for person in dict.fromkeys([*members, *also]) if person.is_active]
