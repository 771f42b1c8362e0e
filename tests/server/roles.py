"""The seven roles, the tables of their permissions, and the comparison of all rows before and after a request."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import chain
from uuid import UUID

from django.apps import apps
from django.urls import URLPattern, URLResolver

# A stranger leads a rival team. An ex-member was in the team when it submitted. An organiser is in no team.
CAST = {
    "visitor": None,
    "stranger": "charlie",
    "ex-member": "erin",
    "member": "bob",
    "captain": "alice",
    "organiser": "organiser",
    "admin": "admin",
}
ROLES = tuple(CAST)
LOG_IN = "/account/login/"
PASSWORD = "seven quick days"  # hashed in no time: what is asked is who may change it


# Tables


def columns_of(table: str) -> dict[str, dict[str, str]]:
    """Column -> row -> outcome. A row's name is all its words but the outcomes."""
    head, *lines = table.strip().splitlines()
    columns = head.split()
    rows = [line.split() for line in lines]
    names = [" ".join(row[: -len(columns)]) for row in rows]
    assert len(set(names)) == len(names), "a row that stands twice"
    return {
        column: {name: row[place - len(columns)] for name, row in zip(names, rows, strict=True)}
        for place, column in enumerate(columns)
    }


def names_in(resolver: URLResolver, namespace: str = "") -> list[str]:
    """The full name of every address that has one."""
    return [name for name, pattern in addresses_in(resolver, namespace) if pattern.name]


def addresses_in(resolver: URLResolver, namespace: str = "") -> list[tuple[str, URLPattern]]:
    entries = resolver.url_patterns
    inner = [
        addresses_in(entry, f"{namespace}{entry.namespace}:" if entry.namespace else namespace)
        for entry in entries
        if isinstance(entry, URLResolver)
    ]
    own = [
        (f"{namespace}{entry.name or entry.pattern}", entry) for entry in entries if isinstance(entry, URLPattern)
    ]
    return [*own, *chain.from_iterable(inner)]


# Answers


WORDS = {
    200: "ok",
    201: "made",
    204: "empty",
    400: "invalid",
    401: "unknown",
    403: "refused",
    404: "absent",
    405: "no_way",
    409: "conflict",
    415: "no_form",
    503: "not_well",
}


def outcome_of(answer) -> str:
    """An answer in a word. "log_in": sent to log in. "moved": sent elsewhere. "absent": as if it did not exist."""
    if answer.streaming:
        b"".join(answer)  # a download holds its file open until it is read
    if answer.status_code == 302:
        return "log_in" if LOG_IN in answer.headers["Location"].partition("?")[0] else "moved"
    return WORDS[answer.status_code]


OF_THE_MOMENT = re.compile(r'value="\w{64}"|\d{4}-\d\d-\d\dT[\d:+.]+|\d{1,2} \w{3} \d{4},? \d\d:\d\d')


def bare(answer, key: object = "\0") -> tuple[int, dict[str, str], str]:
    """Status, headers and body, but for the address's own key, the clock and one-time tokens."""
    body = b"".join(answer) if answer.streaming else answer.content
    text = OF_THE_MOMENT.sub("", body.decode("latin-1").replace(str(key), "KEY"))
    headers = {name: value.replace(str(key), "KEY") for name, value in answer.headers.items()}
    left_out = {"Date", "Expires"} | (
        {"Content-Length"} if body else set()
    )  # it is of the body with key and clock
    return answer.status_code, {name: headers[name] for name in headers if name not in left_out}, text


# Rows

Rows = dict[tuple[str, object], dict[str, object]]

# What is written down about a visit itself, whatever was asked for; and what only migrations write.
BOOKKEEPING = {
    "auth.permission": None,
    "contenttypes.contenttype": None,
    "sessions.session": None,  # what a page keeps for the next one, such as a message or where to go after log-in
    "accounts.user": {"last_login"},  # by every log-in
    "accounts.apitoken": {"last_used_at"},  # shown to its owner, so that a stolen one is noticed
    "mfa.authenticator": {"last_used_at"},  # so that a code is good only once
}


def all_rows() -> Rows:
    """Every row of every table, but for the bookkeeping of visits."""
    found: Rows = {}
    for model in apps.get_models():
        left_out = BOOKKEEPING.get(model._meta.label_lower, set())
        if model._meta.proxy or left_out is None:
            continue
        fields = [field.attname for field in model._meta.concrete_fields if field.name not in left_out]
        for row in model._base_manager.values("pk", *fields):
            found[model._meta.label_lower, row.pop("pk")] = row
    return found


def changes(before: Rows, after: Rows) -> list[str]:
    """What was done between the two, in words."""
    gone = [f"{label} {pk} is gone" for label, pk in before.keys() - after.keys()]
    new = [f"{label} {pk} is new" for label, pk in after.keys() - before.keys()]
    return [
        *gone,
        *new,
        *chain.from_iterable(_differences(key, before[key], after[key]) for key in before if key in after),
    ]


def _differences(key: tuple[str, object], before: dict, after: dict) -> list[str]:
    differ = [name for name in before if before[name] != after[name]]
    return [f"{key[0]} {key[1]}: {name} was {before[name]!r}, is {after[name]!r}" for name in differ]


HOSTILE = "hostile"  # what a text field is sent that should not be taken
RANDOM = {"digest", "archive_name", "password"}
A_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def differences(before: Rows, after: Rows, start: datetime) -> Iterator[tuple]:
    """Every row that is new, gone or other, as it is now."""
    old = {str(pk) for _, pk in before}
    for label, pk in before.keys() | after.keys():
        row = after.get((label, pk), {})
        if before.get((label, pk)) != row:
            yield label, told(pk, "", old, start), {name: told(row[name], name, old, start) for name in row}


def told(value: object, name: str, old: set[str], start: datetime) -> object:
    """A value without chance: moments in hours from the start, new keys as such, and no secrets."""
    if isinstance(value, datetime):
        return round((value - start) / timedelta(hours=1))
    if name in RANDOM and HOSTILE not in str(value):
        return "random"
    if isinstance(value, UUID | str):
        return A_UUID.sub(lambda key: key[0] if key[0] in old else "new", str(value))
    return value
