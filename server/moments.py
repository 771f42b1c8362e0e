"""Moments as pages, mails and refusals write them."""

from datetime import UTC, datetime


def utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%-d %b %Y, %H:%M} UTC"
