"""Times as pages, e-mails, errors and query strings write them."""

from datetime import MAXYEAR, UTC, datetime


def format_utc(at: datetime) -> str:
    """Format a time for people, such as "8 Jun 2026, 23:59 UTC"."""
    return f"{at.astimezone(UTC):%-d %b %Y, %H:%M} UTC"


def format_iso(at: datetime) -> str:
    """Format a time as ISO 8601 to the second, such as "2026-06-08T23:59:59Z"."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def at_query(at: datetime | None) -> str:
    """Return the query string of a page as of a time; empty for now."""
    return f"?at={format_iso(at)}" if at else ""


EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)


class InvalidTime(ValueError):
    """A text that is not a time; the message says how to write one."""

    def __init__(self, text: str) -> None:
        super().__init__(
            f"“{text[:40]}” is not a time from {EARLIEST.year} to {MAXYEAR}. Write it as "
            "2026-06-08T23:59:59Z; without a time zone it is UTC. In a URL write “+” as %2B."
        )


def parse_time(text: str) -> datetime:
    """Parse an ISO 8601 time, to the second; without a time zone it is UTC. Raises InvalidTime."""
    try:
        read = datetime.fromisoformat(text.strip())
        at = (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError) as error:
        raise InvalidTime(text) from error
    if at < EARLIEST:
        raise InvalidTime(text)
    return at
