"""Organisers' reviews of leaderboard rows: previewed, written and undone; recorded, and told to the team."""

from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils import timezone

from leaderboard.models import Review
from leaderboard.ranking.review_effects import effects_of
from leaderboard.ranking.standings import standing_of
from server.accounts.models import User
from server.acts import ActRefused, check_fingerprint, checked_reason
from server.audit.services import publish_line, record
from server.submissions.models import Submission
from server.teams.emails import MAIL, mail_in_words, tell_team
from server.teams.services import lock_team_row
from server.time_format import format_utc

Verdict = Review.Verdict
WHAT_IT_DOES = {
    Verdict.HIDDEN: "The submission leaves the board, and the team’s next best one stands instead.",
    Verdict.DISQUALIFIED: "The row stays, struck through, with the reason, which is public. It has no rank.",
    Verdict.UNDER_REVIEW: "The row gets the badge “under review”.",
    Verdict.VERIFIED: "The row gets the badge “verified”.",
    Verdict.BASELINE: "The row gets the badge “baseline” and has no rank.",
}
WAY_BACK = "The review can be undone on the submission’s page for organisers; the record of both stays."


class ReviewRefused(ActRefused):
    """A review that cannot be written or undone; the message says why."""


class InForce(ReviewRefused):
    field = "verdict"

    def __init__(self, verdict: str) -> None:
        super().__init__(f"This submission is already {Verdict(verdict).label}.")


class Undone(ReviewRefused):
    def __init__(self, review: Review) -> None:
        at = f" on {format_utc(review.undone_at)}" if review.undone_at else ""
        super().__init__(f"This review was already undone{at}. Nothing was changed.")


@dataclass(frozen=True)
class ReviewPreview:
    """What a review, or its undoing, would do. `public` is the line of the decision log; empty: none."""

    submission: str
    verdict: str
    what: str
    effects: tuple[str, ...]
    public: str
    mail: str
    way_back: str


def preview_review(submission: Submission, verdict: str) -> ReviewPreview:
    """Return what this verdict would do. Raises ReviewRefused where it is in force."""
    in_force = _in_force(submission)
    if verdict in in_force:
        raise InForce(verdict)
    return ReviewPreview(
        submission=str(submission),
        verdict=Verdict(verdict).label,
        what=WHAT_IT_DOES[Verdict(verdict)],
        effects=effects_of(submission, in_force | {verdict}),
        public=_public_line(submission, verdict, "was disqualified"),
        mail=mail_in_words(submission.team),
        way_back=WAY_BACK,
    )


@transaction.atomic
def review(
    *, submission: Submission, verdict: str, reason: str, by: User, tell: bool = True, seen: str | None = None
) -> Review:
    """Write a review of a submission's row. Raises ReviewRefused, ReasonMissing or PreviewOutdated."""
    reason = checked_reason(reason)
    lock_team_row(submission.team)  # two who press at once take turns
    preview = preview_review(submission, verdict)
    check_fingerprint(seen, preview)
    try:
        with transaction.atomic():
            written = Review.objects.create(submission=submission, verdict=verdict, reason=reason, by=by)
    except IntegrityError as error:
        raise InForce(verdict) from error
    changes = {"verdict": ["", preview.verdict], MAIL: ["", mail_in_words(submission.team, tell)]}
    entry = record(by=by, what="reviewed", subject=submission, changes=changes, reason=reason)
    _publish(preview.public, submission, reason, by)
    if tell:
        told = f"Your submission {_named(submission)} is now marked “{preview.verdict}”. {preview.what}"
        tell_team(submission.team, entry=entry, what=told, reason=reason, url=submission.get_absolute_url())
    return written


def preview_undo_review(review: Review) -> ReviewPreview:
    """Return what undoing this review would do. Raises ReviewRefused where it was undone."""
    if review.undone_at:
        raise Undone(review)
    submission = review.submission
    return ReviewPreview(
        submission=str(submission),
        verdict=review.get_verdict_display(),
        what=f"The submission is no longer {review.get_verdict_display()}.",
        effects=effects_of(submission, _in_force(submission) - {review.verdict}),
        public=_public_line(submission, review.verdict, "is no longer disqualified"),
        mail=mail_in_words(submission.team),
        way_back="Review the row again.",
    )


@transaction.atomic
def undo_review(review: Review, *, by: User, reason: str, tell: bool = True, seen: str | None = None) -> None:
    """End a review; its record stays. Raises ReviewRefused, ReasonMissing or PreviewOutdated."""
    reason, submission = checked_reason(reason), review.submission
    lock_team_row(submission.team)
    preview = preview_undo_review(Review.objects.select_related("submission__phase__track").get(pk=review.pk))
    check_fingerprint(seen, preview)
    Review.objects.filter(pk=review.pk, undone_at=None).update(undone_at=timezone.now(), undone_by=by)
    changes = {"verdict": [preview.verdict, ""], MAIL: ["", mail_in_words(submission.team, tell)]}
    entry = record(by=by, what="undid a review", subject=submission, changes=changes, reason=reason)
    _publish(preview.public, submission, reason, by)
    if tell:
        told = f"Your submission {_named(submission)} is no longer marked “{preview.verdict}”."
        tell_team(submission.team, entry=entry, what=told, reason=reason, url=submission.get_absolute_url())


def _in_force(submission: Submission) -> frozenset[str]:
    return frozenset(submission.reviews.filter(undone_at=None).values_list("verdict", flat=True))


def _public_line(submission: Submission, verdict: str, what: str) -> str:
    """Return the line without its reason: only of a disqualification, of a row that everybody sees."""
    if verdict != Verdict.DISQUALIFIED:
        return ""
    row = standing_of(submission)
    return f"The row of {row.name} {what}" if row else ""


def _publish(line: str, submission: Submission, reason: str, by: User) -> None:
    if line:
        publish_line(text=f"{line}: {reason}", about=submission.phase, by=by)


def _named(submission: Submission) -> str:
    method = f"“{submission.method}” " if submission.method else ""
    return f"{method}of {format_utc(submission.began_at)} to {submission.phase}"
