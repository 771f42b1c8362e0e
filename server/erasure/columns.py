"""The walk through every text of every table, in which a person may be named."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import Q
from django.db.models.functions import Cast

from server.erasure.person import Eraser, Person

Columns = list["models.Field[Any, Any]"]
TEXT = (models.CharField, models.TextField, models.JSONField)
# What a team says of itself stays as it is, and so do published results, even where they name a member; the
# preview lists them.
STAYS_AS_IT_IS = {
    "teams.team": {"name", "affiliation"},
    "submissions.entry": {"pseudonym"},
    "submissions.submission": {
        *("method", "description", "code_url", "paper_url", "project_url", "original_name"),
    },
    "verification.verificationcase": {"code_url", "commit"},
    "verification.casefile": {"name"},
    "results.finalresults": {"winners", "citation"},
    "results.resultsfile": {"content"},
}
# Derived from these, chosen by programs, or results.
LEFT_ALONE = {
    "teams.team": {"name_key"},
    "teams.alias": {"key"},
    "teams.teamlock": {"key"},
    "submissions.entryversion": {"pseudonym"},
    "submissions.submission": {"archive_name", "idempotency_key", "sha256"},
    "submissions.evaluation": {"scores", "curve", "per_class", "problems", "warnings", "stage"},
    "leaderboard.intervaljob": {"method", "warnings"},
    "leaderboard.interval": {"metrics", "bands", "rank_interval"},
    "leaderboard.pairinterval": {"class_margins"},
    "rescores.rescore": {"differences", "significance"},
    "verification.casefile": {"outcome", "sha256"},
    "results.finalresults": {"headline", "board_content"},
    "results.resultsfile": {"name", "group", "title", "content_type", "sha256"},
    "audit.auditlogentry": {"what", "app", "model", "key"},
    "audit.publiclogentry": {"about", "track", "url"},
}
# Of these only the addresses are searched: their words are not written by people.
ADDRESSES_ONLY = {"outbox.outboxemail": {"key"}, "verification.casemessage": {"key"}}
# Written in words of their own by `services`, deleted there, or filled by Django.
NOT_WALKED = {"accounts.user", "account.emailaddress", "mfa.authenticator", "sessions.session"}
NOT_WALKED_APPS = {"auth", "contenttypes"}


@dataclass(frozen=True)
class Found:
    """A row with a text that names the person, and how its columns read without."""

    row: models.Model
    changes: dict[str, Any]


def walked_models() -> list[type[models.Model]]:
    """The models of all apps whose texts are searched: a new one is searched by itself."""
    return [
        model
        for model in apps.get_models()
        if not model._meta.proxy
        and model._meta.label_lower not in NOT_WALKED
        and model._meta.app_label not in NOT_WALKED_APPS
    ]


def searched_columns(model: type[models.Model]) -> Columns:
    label = model._meta.label_lower
    left_out = STAYS_AS_IT_IS.get(label, set()) | LEFT_ALONE.get(label, set())
    return [field for field in _text_columns(model) if field.name not in left_out]


def find(eraser: Eraser) -> Iterator[Found]:
    """Yield every row that names the person."""
    for model in walked_models():
        columns = searched_columns(model)
        if not columns:
            continue
        for row in _candidates(model, columns, eraser.person):
            if changes := _changes(row, columns, eraser):
                yield Found(row, changes)


def what_stays(eraser: Eraser) -> list[str]:
    """Texts that stay although they name the person, each by its row and column."""
    found = []
    for model in walked_models():
        names = STAYS_AS_IT_IS.get(model._meta.label_lower, set())
        columns = [field for field in _text_columns(model) if field.name in names]
        for row in _candidates(model, columns, eraser.person) if columns else ():
            words = _changes(row, columns, eraser)
            found += [f"{model._meta.verbose_name} {row}: {name.replace('_', ' ')}" for name in words]
    return found


def _changes(row: models.Model, columns: Columns, eraser: Eraser) -> dict[str, Any]:
    values = {field.name: getattr(row, field.name) for field in columns}
    about = eraser.person.is_in(row) or eraser.names_person(values.values())
    keys = ADDRESSES_ONLY.get(row._meta.label_lower, set())
    erased = {
        field.name: eraser.without_addresses(values[field.name])
        if field.name in keys
        else _fitting(field, eraser.erased(values[field.name], about=about))
        for field in columns
    }
    return {name: value for name, value in erased.items() if value != values[name]}


def _fitting(field: "models.Field[Any, Any]", value: Any) -> Any:
    return value[: field.max_length] if isinstance(value, str) and field.max_length else value


def _text_columns(model: type[models.Model]) -> Columns:
    return [field for field in model._meta.concrete_fields if isinstance(field, TEXT) and not field.choices]


def _candidates(model: type[models.Model], columns: Columns, person: Person) -> Iterator[models.Model]:
    """Rows in which the database finds a word of a name or an address; a JSON column may have escaped letters."""
    words = {name.split()[0] for name in person.names}
    either = Q()
    rows = model._base_manager.all()
    for field in columns:
        alias = f"text_of_{field.name}"
        rows = rows.alias(**{alias: Cast(field.name, models.TextField())})
        for word in words:
            either |= Q(**{f"{alias}__contains": word}) | Q(**{f"{alias}__contains": json.dumps(word)[1:-1]})
        for address in person.addresses:
            either |= Q(**{f"{alias}__icontains": address})
    return rows.filter(either).order_by("pk").iterator(chunk_size=500)
