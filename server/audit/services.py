"""Services that write the audit log and the public log."""

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.db.models import Model

from server.audit.models import AuditLogEntry, OpenErasure, PublicLogEntry, name_of

Changes = dict[str, list[str]]
ADDRESS = re.compile(r"[^\s@<>(),;:“”\"]+@[^\s@<>(),;:“”\"]+\.[^\s@<>(),;:“”\"]+")
ADDRESS_LEFT_OUT = "[e-mail address left out]"


def record(
    *,
    by: Model | AnonymousUser | str | None,
    what: str,
    subject: Model,
    changes: Changes | None = None,
    reason: str = "",
) -> AuditLogEntry:
    """Add an audit log entry in the transaction of the action itself: both are committed, or neither.

    `by` is the person, or the name of the command if no person is known. `changes` must hold no secrets and no
    ground truth. Raises TransactionManagementError outside a transaction, TypeError where `by` has no account.
    """
    _check_in_transaction(what)
    if isinstance(by, str):
        what, by = f"{what} (manage.py {by})", None
    if by is not None and not isinstance(by, get_user_model()):
        raise TypeError(f"{by!r} has no account.")
    return AuditLogEntry.objects.create(
        by=by, what=what, subject=str(subject)[:300], changes=changes or {}, reason=reason, **name_of(subject)
    )


def publish_line(
    *, text: str, about: Model | None = None, url: str = "", by: Model | AnonymousUser | str | None
) -> PublicLogEntry:
    """Add a line to the public log, in the transaction of the action. Nobody can take it back.

    `about` is the phase or track, None for all tracks; `url` is another page than its own that says more. The page
    shows time, `about` and text, never `by`. The text must name no person; e-mail addresses in it are left out.
    """
    _check_in_transaction(text)
    track = getattr(about, "track", about)  # the audit log knows no track
    return PublicLogEntry.objects.create(
        text=" ".join(ADDRESS.sub(ADDRESS_LEFT_OUT, text).split())[:1000],
        about=str(about)[:200] if about else "",
        track=getattr(track, "slug", ""),
        url=url or (about.get_absolute_url() if about else ""),  # type: ignore[attr-defined]
        by=by if isinstance(by, get_user_model()) else None,
    )


@contextmanager
def erasing() -> Iterator[None]:
    """Within it, texts of append-only tables may be changed to remove a person: the one exception there is.

    No other transaction sees it open. Raises TransactionManagementError outside a transaction.
    """
    _check_in_transaction("erased an account")
    opened = OpenErasure.objects.create()
    yield  # an error undoes the whole transaction
    opened.delete()


def _check_in_transaction(what: str) -> None:
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError(
            f"“{what}” is recorded outside the transaction of the action."
        )


def as_text(subject: Model, fields: Iterable[str]) -> dict[str, str]:
    """Return the values of these fields as the audit log stores them."""
    return {name: _text(getattr(subject, name)) for name in fields}


def differences(before: dict[str, str], after: dict[str, str]) -> Changes:
    """Return {field: [from, to]} of the fields that differ; a missing field counts as empty."""
    pairs = {name: [before.get(name, ""), after.get(name, "")] for name in [*after, *before]}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bool):
        return "yes" if value else "no"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)
