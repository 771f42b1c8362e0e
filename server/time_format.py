"""Moments as pages, mails and refusals write them."""

from datetime import UTC, datetime


def format_utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%-d %b %Y, %H:%M} UTC"


def format_iso(moment: datetime) -> str:
    """As programs read it."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def at_query(at: datetime | None) -> str:
    """How a page is asked for as of a moment; nothing for now."""
    return f"?at={format_iso(at)}" if at else ""


class InvalidTime(ValueError):
    """A text that names no moment; the message says how one is written."""

    def __init__(self, text: str) -> None:
        super().__init__(
            f"“{text[:40]}” is no moment. Write one as 2026-06-08T23:59:59Z; without a zone it is UTC. "
            "In an address a “+” is written %2B."
        )


def parse_time(text: str) -> datetime:
    """The moment that a person wrote, to the second, in UTC; without a zone it is UTC."""
    try:
        read = datetime.fromisoformat(text.strip())
        return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError) as error:
        raise InvalidTime(text) from error
