"""What organisers do with a row of a leaderboard."""

from django.db import IntegrityError, transaction
from django.utils import timezone

from leaderboard.models import Review
from server.accounts.models import User
from server.audit.services import record
from server.submissions.models import Submission


class ReviewRefused(Exception):
    """A review that cannot stand; the message says why."""


def review(*, submission: Submission, verdict: str, reason: str, by: User) -> Review:
    """Say something about a submission's standing, with the reason."""
    if not reason.strip():
        raise ReviewRefused("Give the reason: a decision without one cannot be defended later.")
    try:
        with transaction.atomic():
            said = Review.objects.create(submission=submission, verdict=verdict, reason=reason.strip(), by=by)
            changes = {"verdict": ["", said.get_verdict_display()]}
            record(by=by, what="reviewed", subject=submission, changes=changes, reason=said.reason)
            return said
    except IntegrityError as error:
        raise ReviewRefused(f"This submission is already {Review.Verdict(verdict).label}.") from error


@transaction.atomic
def take_back(standing: Review, *, by: User) -> None:
    """End a review; the record stays. Saying it twice changes nothing."""
    untaken = Review.objects.filter(pk=standing.pk, taken_back_at=None)
    if untaken.update(taken_back_at=timezone.now(), taken_back_by=by):
        changes = {"verdict": [standing.get_verdict_display(), ""]}
        record(by=by, what="took a review back", subject=standing.submission, changes=changes)
