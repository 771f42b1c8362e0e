"""Due dates of cases: the one that is proposed, and which are accepted."""

from datetime import UTC, datetime, timedelta

from django.utils import timezone

from server.verification.exceptions import DueTooSoon

USUAL = timedelta(days=7)
SHORTEST = timedelta(days=1)


def usual_due_date() -> datetime:
    """The end of the day a week from now, in UTC."""
    return (timezone.now().astimezone(UTC) + USUAL).replace(hour=23, minute=59, second=0, microsecond=0)


def check_due_date(due_at: datetime) -> None:
    """Raises DueTooSoon."""
    if due_at < timezone.now() + SHORTEST - timedelta(minutes=1):
        raise DueTooSoon
