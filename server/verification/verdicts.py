"""The end of a case: accepted, rejected or called off, and the way back."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from leaderboard import services as reviews
from leaderboard.models import Review
from server.accounts.models import User
from server.acts import check_fingerprint, checked_reason
from server.audit.services import record
from server.submissions.models import Submission
from server.verification import emails
from server.verification.exceptions import CaseTaken, NotPossible
from server.verification.models import CLOSED, TRANSITIONS, CaseState, VerificationCase
from server.verification.opening import ASKED_FOR, CaseToOpen, open_cases, preview_open, without_case
from server.verification.states import check_move, fresh, move

Badge = Review.Verdict
OUTCOMES = {
    CaseState.ACCEPTED: "the submission is verified.",
    CaseState.REJECTED: "the submission could not be verified.",
    CaseState.CALLED_OFF: "the organisers have called it off, and nothing more is to be sent.",
}
DISQUALIFIED = "the submission could not be verified, and is disqualified."


@dataclass(frozen=True)
class Verdict:
    """How a case ends. A rejected row is disqualified or left as it is; `next_due_at` calls up the next team."""

    state: str
    disqualify: bool = False
    next_due_at: datetime | None = None

    @property
    def outcome(self) -> str:
        return DISQUALIFIED if self.disqualify else OUTCOMES[CaseState(self.state)]


@dataclass(frozen=True)
class VerdictPreview:
    """What a verdict would do; `next_case` is the team that is called up with it."""

    what: str
    effects: tuple[str, ...]
    next_case: CaseToOpen | None
    public: str
    mail: str
    files: str
    way_back: str


def next_in_line(case: VerificationCase) -> Submission | None:
    """The submission of the first ranked team without a case in the phase."""
    row = next(iter(without_case(case.submission.phase)), None)
    return row.submission if row else None


def preview_verdict(case: VerificationCase, verdict: Verdict) -> VerdictPreview:
    """Say what a verdict would do. Raises ActRefused."""
    check_move(case, verdict.state)
    called = _called_up(case, verdict)
    badge = _badge(case, verdict)
    review = reviews.preview_review(case.submission, badge) if badge else None
    ended = [review.get_verdict_display() for review in _ended_badges(case, verdict)]
    effects = [review.what, *review.effects] if review else ["The row and its badges stay as they are."]
    effects += [f"The badge “{label}” is taken off." for label in ended]
    if verdict.next_due_at and not called:
        effects.append("No team is called up: every ranked team of the phase has a case.")
    opened = preview_open([called], verdict.next_due_at, ASKED_FOR) if called and verdict.next_due_at else None
    return VerdictPreview(
        what=f"The case is {CaseState(verdict.state).label}: {verdict.outcome}",
        effects=(*effects, *(opened.effects if opened else ())),
        next_case=opened.cases[0] if opened else None,
        public=review.public if review else "",
        mail=emails.mail_in_words(case.submission.team),
        files=f"to be deleted on {_deletion_day():%-d %b %Y}" if case.files.kept().exists() else "none",
        way_back="The case can be reopened on its page, which also undoes what it did to the row.",
    )


def _called_up(case: VerificationCase, verdict: Verdict) -> Submission | None:
    return next_in_line(case) if verdict.state == CaseState.REJECTED and verdict.next_due_at else None


def _badge(case: VerificationCase, verdict: Verdict) -> str | None:
    """The verdict on the row that comes with it; None where there is none, or it is in force already."""
    accepted = verdict.state == CaseState.ACCEPTED
    badge = Badge.VERIFIED if accepted else Badge.DISQUALIFIED if verdict.disqualify else None
    in_force = case.submission.reviews.filter(undone_at=None, verdict=badge)
    return None if badge is None or in_force.exists() else badge


def _ended_badges(case: VerificationCase, verdict: Verdict) -> list[Review]:
    """The badges that contradict it: a row has one badge of a verification at most."""
    ended = {
        CaseState.ACCEPTED: [Badge.UNDER_REVIEW],
        CaseState.REJECTED: [Badge.UNDER_REVIEW, Badge.VERIFIED],
    }.get(CaseState(verdict.state), [])
    return list(case.submission.reviews.filter(undone_at=None, verdict__in=ended))


def _deletion_day() -> datetime:
    """The midnight, in UTC, after which the files of a case that closes now are deleted."""
    days = timedelta(days=settings.CASE_FILES_KEPT_DAYS + 1)
    return (timezone.now() + days).replace(hour=0, minute=0, second=0, microsecond=0)


@transaction.atomic
def give_verdict(
    case: VerificationCase, *, verdict: Verdict, reason: str, by: User, seen: str | None = None
) -> list[VerificationCase]:
    """Close a case, and do to the row what follows; returns the case that was opened for the next team, if any.

    Raises ActRefused.
    """
    reason, case = checked_reason(reason), fresh(case)
    check_fingerprint(seen, preview_verdict(case, verdict))
    called, before = _called_up(case, verdict), CaseState(case.state)
    review = _review(case, verdict, reason, by)
    move(
        case,
        verdict.state,
        before=before,
        closed_at=timezone.now(),
        closed_by=by,
        reason=reason,
        review=review,
        delete_files_at=_deletion_day() if case.files.kept().exists() else None,
    )
    changes = {"state": [before.label, CaseState(verdict.state).label]}
    entry = record(by=by, what="closed a verification case", subject=case, changes=changes, reason=reason)
    emails.email_team(case, "closed", entry.pk, outcome=verdict.outcome, reason=reason)
    if called and verdict.next_due_at:
        return open_cases(submissions=[called], due_at=verdict.next_due_at, by=by)
    return []


def _review(case: VerificationCase, verdict: Verdict, reason: str, by: User) -> Review | None:
    """Give the row its badge, and end those that contradict it; the mail of the case says it all."""
    for ended in _ended_badges(case, verdict):
        reviews.undo_review(ended, by=by, reason=reason, tell=False)
    badge = _badge(case, verdict)
    if badge is None:
        return None
    return reviews.review(submission=case.submission, verdict=badge, reason=reason, by=by, tell=False)


@dataclass(frozen=True)
class ReopenPreview:
    what: str
    effects: tuple[str, ...]
    mail: str
    way_back: str


def preview_reopen(case: VerificationCase) -> ReopenPreview:
    """Say what undoing the end of a case would do. Raises ActRefused."""
    if case.state not in CLOSED:
        raise NotPossible(case, "reopened")
    others = VerificationCase.objects.in_force().filter(submission=case.submission).exclude(pk=case.pk)
    if others.exists():
        raise CaseTaken
    undone = _undone(case)
    effects = list(reviews.preview_undo_review(undone).effects) if undone else []
    if case.files.exclude(deleted_at=None).exists():
        effects.append("Its files are deleted already, and the team has to send them again.")
    elif case.delete_files_at:
        effects.append("Its files are kept until it is closed again.")
    return ReopenPreview(
        what=f"The case is {CaseState(case.before).label} again"
        + (f", and the row is no longer {undone.get_verdict_display()}." if undone else "."),
        effects=tuple(effects),
        mail=emails.mail_in_words(case.submission.team),
        way_back="Close it again. A case that was opened for the next team is called off on its own page.",
    )


def _undone(case: VerificationCase) -> Review | None:
    return case.review if case.review and not case.review.undone_at else None


@transaction.atomic
def reopen(case: VerificationCase, *, reason: str, by: User, seen: str | None = None) -> None:
    """Undo the end of a case, and the review that came with it. Raises ActRefused."""
    reason, case = checked_reason(reason), fresh(case)
    check_fingerprint(seen, preview_reopen(case))
    if review := _undone(case):
        reviews.undo_review(review, by=by, reason=reason, tell=False)
    changes = {"state": [case.get_state_display(), CaseState(case.before).label]}
    try:
        with transaction.atomic():
            move(case, case.before, closed_at=None, closed_by=None, reason="", review=None, delete_files_at=None)
    except IntegrityError as error:
        raise CaseTaken from error
    entry = record(by=by, what="reopened a verification case", subject=case, changes=changes, reason=reason)
    emails.email_team(case, "reopened", entry.pk, reason=reason)


def verdicts_possible(case: VerificationCase) -> list[CaseState]:
    """The ends that the case can take now."""
    return [state for state in CLOSED if state in TRANSITIONS[case.state]]
