"""What an organiser does on the desk itself: put a line away, and show it again."""

from django.db import transaction

from server.accounts.models import User
from server.audit.services import record
from server.desk.models import PutAway
from server.desk.sections import sections


@transaction.atomic
def put_away(key: str, *, by: User) -> PutAway | None:
    """Leave a line off the desk; None where it is no longer there."""
    titles = {line.key: f"{section.title}: {line.title}" for section in sections() for line in section.lines}
    if not key or key not in titles:
        return None
    row, is_new = PutAway.objects.get_or_create(key=key, defaults={"text": titles[key][:300], "by": by})
    if is_new:
        record(by=by, what="put away from the desk", subject=row)
    return row


@transaction.atomic
def show_again(row: PutAway, *, by: User) -> None:
    """Undo it: the line is on the desk again, if there still is reason for it."""
    record(by=by, what="put back on the desk", subject=row)
    row.delete()
