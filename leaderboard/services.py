"""Organisers' reviews of leaderboard rows: written and undone, with their audit record."""

from django.db import IntegrityError, transaction
from django.utils import timezone

from leaderboard.models import Review
from server.accounts.models import User
from server.audit.services import record
from server.submissions.models import Submission


class ReviewRefused(Exception):
    """A review that cannot be written; the message says why."""


def review(*, submission: Submission, verdict: str, reason: str, by: User) -> Review:
    """Write a review of a submission's row. Raises ReviewRefused."""
    if not reason.strip():
        raise ReviewRefused("Give the reason: a decision without one cannot be defended later.")
    try:
        with transaction.atomic():
            written = Review.objects.create(submission=submission, verdict=verdict, reason=reason.strip(), by=by)
            changes = {"verdict": ["", written.get_verdict_display()]}
            record(by=by, what="reviewed", subject=submission, changes=changes, reason=written.reason)
            return written
    except IntegrityError as error:
        raise ReviewRefused(f"This submission is already {Review.Verdict(verdict).label}.") from error


@transaction.atomic
def undo_review(review: Review, *, by: User) -> None:
    """End a review; its record stays. Undoing it twice changes nothing."""
    in_force = Review.objects.filter(pk=review.pk, undone_at=None)
    if in_force.update(undone_at=timezone.now(), undone_by=by):
        changes = {"verdict": [review.get_verdict_display(), ""]}
        record(by=by, what="undid a review", subject=review.submission, changes=changes)
