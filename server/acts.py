"""Acts of organisers: refusals, and previews that go stale when somebody else acts meanwhile."""

from collections.abc import Callable
from hashlib import sha256
from typing import Any

from django.forms import Form


class ActRefused(Exception):
    """An act that is not possible now; the message says what is wrong and how to fix it, `field` where it is."""

    code = "act_refused"
    title = "This act is not possible now"
    field: str | None = None


class ReasonMissing(ActRefused):
    field = "reason"

    def __init__(self) -> None:
        super().__init__("Give the reason: a decision without one cannot be defended later.")


class PreviewOutdated(ActRefused):
    code = "preview_outdated"
    title = "The preview is out of date"

    def __init__(self) -> None:
        super().__init__(
            "What would follow has changed since this preview was made, perhaps because it was already done. "
            "Nothing was saved. Read the new preview and confirm it, or go back."
        )


def fingerprint(preview: object) -> str:
    """Return a name of what a preview says; a form carries it, and the act is refused if it has changed."""
    return sha256(repr(preview).encode()).hexdigest()[:32]


def check_fingerprint(seen: str | None, preview: object) -> None:
    """Refuse to act on another preview than the one that was seen; None: none was. Raises PreviewOutdated."""
    if seen is not None and seen != fingerprint(preview):
        raise PreviewOutdated


def checked_reason(reason: str) -> str:
    """Return the reason in its stored form. Raises ReasonMissing."""
    if not (text := reason.strip()):
        raise ReasonMissing
    return text


def preview_or_act(
    form: Form, seen: str | None, *, preview: Callable[[], object], act: Callable[[str], object]
) -> dict[str, Any] | None:
    """Do the act where `seen` names a preview that was confirmed, and return None; else return what follows.

    That is the preview and its name, for the page. A refusal is added to the form; of an act that is no longer
    possible nothing follows.
    """
    try:
        if seen is None:
            return _named(preview())
        act(seen)
    except PreviewOutdated as outdated:
        try:
            fresh = _named(preview())
        except ActRefused as refusal:  # which says more
            add_refusal(form, refusal)
            return {}
        add_refusal(form, outdated)
        return fresh
    except ActRefused as refusal:
        add_refusal(form, refusal)
        return {}
    return None


def _named(preview: object) -> dict[str, Any]:
    return {"preview": preview, "seen": fingerprint(preview)}


def add_refusal(form: Form, refusal: ActRefused) -> None:
    """Add it to its field, or to the form as a whole."""
    form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
