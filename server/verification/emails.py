"""E-mails of verification cases, to the team or to the organisers, in the transaction of what they report."""

from typing import Any

from django.conf import settings
from django.template.loader import render_to_string

from server import contact
from server.accounts.models import User
from server.alarms.services import organisers
from server.outbox.models import EmailKind
from server.outbox.services import enqueue_email, mailed_name, one_line
from server.submissions.models import Submission
from server.teams.models import Team
from server.time_format import format_utc
from server.verification.models import VerificationCase

Mail = tuple[str, str]  # subject and text


def members(team: Team) -> list[User]:
    people = [membership.user for membership in team.memberships.select_related("user").order_by("user_id")]
    return [person for person in people if person.is_active]


def mail_in_words(*teams: Team) -> str:
    count = sum(len(members(team)) for team in teams)
    if not count:
        return "to nobody: the team has no members"
    return f"to {count} {'person' if count == 1 else 'people'}" + (f" in {len(teams)} teams" if teams[1:] else "")


def mail_to_team(case: VerificationCase, what: str, **facts: Any) -> Mail:
    """The mail about this event, by its template: never a rank or score, as the phase may hide its results."""
    return _rendered(case, what, settings.SITE_URL + case.get_absolute_url(), facts)


def email_team(case: VerificationCase, what: str, key: object, **facts: Any) -> None:
    """E-mail every member, once for each key."""
    subject, text = mail_to_team(case, what, **facts)
    for person in members(case.submission.team):
        enqueue_email(person, EmailKind.IMPORTANT, f"case {case.pk} {what} {key}", subject, text)


def email_organisers(case: VerificationCase, what: str, key: object, **facts: Any) -> None:
    """E-mail every organiser, once for each key."""
    subject, text = _rendered(case, what, settings.SITE_URL + case.organisers_url, facts)
    for person in organisers():
        enqueue_email(person, EmailKind.IMPORTANT, f"case {case.pk} {what} {key}", subject, text)


def _rendered(case: VerificationCase, what: str, url: str, facts: dict[str, Any]) -> Mail:
    submission = case.submission
    context = facts | {
        "case": case,
        "team": mailed_name(submission.team.name),
        "submission": named(submission),
        "phase": submission.phase,
        "due": format_utc(case.due_at),
        "deleted": format_utc(case.delete_files_at) if case.delete_files_at else "",
        "url": url,
        "organisers": contact.organisers(),
        "write_to_organisers": contact.write_to_organisers(),
    }
    subject = render_to_string("verification/email/subject.txt", context | {"what": what})
    return subject, render_to_string(f"verification/email/{what}.txt", context).strip()


def named(submission: Submission) -> str:
    """The submission as its team knows it: its method and when it was submitted."""
    method = f"“{one_line(submission.method)}” " if submission.method else ""
    return f"{method}of {format_utc(submission.began_at)}"
