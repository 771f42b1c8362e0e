"""Acts of organisers: refusals, and previews that go stale when somebody else acts meanwhile."""

from hashlib import sha256


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
