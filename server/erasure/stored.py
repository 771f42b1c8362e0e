"""What is stored about a person: every row that refers to them or has one of their addresses."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.account.models import EmailAddress
from django.apps import apps
from django.db import models
from django.db.models import Q

from server.accounts.models import User
from server.audit.models import AuditLogEntry
from server.outbox.models import OutboxEmail, RelayedEmail
from server.teams.models import Invitation
from server.time_format import format_utc

ACT = "What an organiser did is about others; the audit log names who did it."
# Relations to an account whose rows are not in the download, with the reason.
LEFT_OUT = {
    "admin.LogEntry.user": ACT,
    "announcements.Announcement.created_by": ACT,
    "announcements.Announcement.sent_by": ACT,
    "audit.AuditLogEntry.by": ACT,
    "audit.PublicLogEntry.by": ACT,
    "desk.PutAway.by": ACT,
    "leaderboard.Review.by": ACT,
    "leaderboard.Review.undone_by": ACT,
    "results.FinalResults.published_by": ACT,
    "results.FinalResults.withdrawn_by": ACT,
    "results.PaperPack.created_by": ACT,
    "verification.VerificationCase.opened_by": ACT,
    "verification.VerificationCase.closed_by": ACT,
    "rescores.Rescore.created_by": ACT,
    "submissions.LookAlike.dismissed_by": ACT,
    "submissions.SlotGrant.by": ACT,
    "submissions.TeamDisqualification.by": ACT,
    "submissions.TeamDisqualification.undone_by": ACT,
    "teams.PastMembership.ended_by": ACT,
    "teams.TeamLock.ended_by": ACT,
    "tracks.GroundTruth.created_by": ACT,
    "tracks.PhaseRule.by": ACT,
    "accounts.ErasedAddress.user": "Only erased accounts have them.",
}
NOT_IN_IT = (
    "passwords, the secret of two-step log-in and API tokens: what is stored are hashes and ciphertexts",
    "log-ins that last: they are listed nowhere, and end by the button on the account page",
    "the archives themselves: each can be downloaded from its submission’s page",
    "what your team has done together, such as its slots: the team’s page and quota history show it",
    "what you have done as an organiser: the audit log has it, and it is about others",
)
SECRET = {"password", "digest", "data"}


@dataclass(frozen=True)
class Section:
    """The rows of one table that are about a person; each maps the names of its columns to values."""

    title: str
    rows: list[dict[str, Any]]


def stored_about(user: User) -> list[Section]:
    """Return everything that is stored about a person, the account first."""
    account = Section("Account", [*_rows_of(User.objects.filter(pk=user.pk))])
    found = {model._meta.verbose_name_plural: [*_rows_of(_about(user, model))] for model in apps.get_models()}
    return [account, *(Section(str(title).capitalize(), rows) for title, rows in found.items() if rows)]


def relations() -> Iterator[tuple[type[models.Model], "models.Field[Any, Any]"]]:
    """Every column of every table that refers to an account."""
    for model in apps.get_models():
        for field in model._meta.concrete_fields if not model._meta.proxy else ():
            if field.is_relation and field.related_model is User:
                yield model, field


def _about(user: User, model: type[models.Model]) -> models.QuerySet[Any]:
    either = Q(pk__in=[])
    for related, field in relations():
        if related is model and f"{model._meta.label}.{field.name}" not in LEFT_OUT:
            either |= Q(**{field.name: user})
    return model._base_manager.filter(either | _by_address(user, model)).order_by("pk")


def _by_address(user: User, model: type[models.Model]) -> Q:
    """The rows that are about the person without referring to the account."""
    addresses = {user.email, *EmailAddress.objects.filter(user=user).values_list("email", flat=True)}
    if model is Invitation:
        return Q(email__in=addresses)
    if model is OutboxEmail:
        return Q(address__in=addresses)
    if model is RelayedEmail:
        return Q(mailbox__in=addresses)
    if model is AuditLogEntry:
        return Q(app="accounts", model="user", key=str(user.pk))
    return Q(pk__in=[])


def _rows_of(rows: models.QuerySet[Any]) -> Iterator[dict[str, Any]]:
    for row in rows:
        fields = (field for field in row._meta.concrete_fields if field.name not in SECRET)
        yield {str(field.verbose_name): _value(row, field) for field in fields}


def _value(row: models.Model, field: "models.Field[Any, Any]") -> Any:
    value = getattr(row, field.name)
    if isinstance(value, models.Model):
        return str(value)
    return format_utc(value) if isinstance(value, datetime) else value
