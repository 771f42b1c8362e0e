"""E-mails to the teams of a phase whose submissions were scored again: old and new scores and ranks."""

from collections import defaultdict

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone

from server.outbox.models import EmailKind
from server.outbox.services import enqueue_email, mailed_name, one_line
from server.rescores.models import Rescore
from server.rescores.table import Change
from server.teams.models import Team
from server.time_format import format_utc
from server.tracks.models import Phase


def email_teams(rescore: Rescore, phase: Phase, changes: list[Change], reason: str) -> None:
    """One mail to each member of each team; without numbers where the phase hides its results."""
    by_team: dict[Team, list[Change]] = defaultdict(list)
    for change in sorted(changes, key=lambda change: change.submission.received_at):
        by_team[change.submission.team].append(change)
    for team, rows in by_team.items():
        context = {
            "phase": phase,
            "team": mailed_name(team.name),
            "number": rescore.number,
            "reason": one_line(reason),
            "shown": phase.shows_results(timezone.now()),
            "rows": [_row(change) for change in rows],
            "url": settings.SITE_URL + phase.get_absolute_url(),
        }
        subject = render_to_string("rescores/email/rescored_subject.txt", context)
        text = render_to_string("rescores/email/rescored_message.txt", context).strip()
        for membership in team.memberships.select_related("user").order_by("user_id"):
            key = f"{EmailKind.RESCORED} {rescore.pk} {phase.pk} {team.pk}"
            enqueue_email(membership.user, EmailKind.RESCORED, key, subject, text)


def _row(change: Change) -> dict[str, str]:
    return {
        "method": one_line(change.submission.method),
        "submitted_at": format_utc(change.submission.began_at),
        "old": change.old_score,
        "new": change.new_score,
        "old_rank": f", rank {change.old_rank}" if change.old_rank else "",
        "new_rank": f", rank {change.new_rank}" if change.new_rank else "",
        "url": settings.SITE_URL + change.submission.get_absolute_url(),
    }
