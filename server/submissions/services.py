"""What happens to submissions: the hand-in."""

from contextlib import suppress
from datetime import UTC, datetime

from django.conf import settings
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from server.accounts.models import User
from server.failpoints import failpoint
from server.numbering import take_lowest_free
from server.submissions import hints, slots
from server.submissions.models import Evaluation, EvaluationEvent, State, Submission
from server.teams.models import Team
from server.tracks.models import Phase, ScoringRule
from server.uploads import IncomingArchive, StoredArchive


class SubmissionRefused(Exception):
    """A hand-in that cannot be taken. `title` names it, the message says why and what to do."""

    title = "This hand-in cannot be taken"


class NoTeam(SubmissionRefused):
    title = "You are in no team yet"

    def __init__(self) -> None:
        super().__init__(
            "Only teams hand in. Found a team, or ask a captain for an invitation link, then come back. "
            "Nothing was spent."
        )


class PhaseNotYetOpen(SubmissionRefused):
    title = "The phase is not open yet"

    def __init__(self, phase: Phase) -> None:
        super().__init__(f"{phase.title} opens on {utc(phase.opens_at)}. Nothing was spent.")


class PhaseClosed(SubmissionRefused):
    title = "The phase is closed"

    def __init__(self, phase: Phase) -> None:
        super().__init__(f"{phase.title} closed on {utc(phase.closes_at)}. Nothing was spent.")


class PhasePaused(SubmissionRefused):
    title = "The phase is paused"

    def __init__(self, phase: Phase) -> None:
        super().__init__(f"The organisers have paused {phase.title}. Nothing was spent; try again later.")


class NoGroundTruth(SubmissionRefused):
    title = "The phase cannot score yet"

    def __init__(self, phase: Phase) -> None:
        super().__init__(
            f"The organisers have not installed the ground truth of {phase.title} yet. "
            "Nothing was spent; the track page shows when the phase is ready."
        )


class NotAZip(SubmissionRefused):
    title = "This file is not a zip archive"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"“{name}” does not begin as a zip does, so it was not taken and no slot was spent. "
            "Put your PNGs into a .zip; the track page has a sample."
        )


class NoSlotLeft(SubmissionRefused):
    title = "No slot is left"

    def __init__(self, phase: Phase, next_reset: datetime | None) -> None:
        again = f"The next ones come on {utc(next_reset)}." if next_reset else "This phase gives no more."
        super().__init__(f"Your team holds all its slots ({phase.quota}). {again} Nothing was kept or spent.")


class TooManyHandIns(SubmissionRefused):
    title = "Too many hand-ins today"

    def __init__(self, phase: Phase) -> None:
        super().__init__(
            f"Your team has handed in {phase.hand_in_cap} times today, and {phase.title} takes no more a day, "
            "rejected ones included. The count begins anew at 00:00 UTC. Nothing was kept or spent."
        )


class KeyUsedBefore(SubmissionRefused):
    title = "This Idempotency-Key was used before"

    def __init__(self, earlier: Submission) -> None:
        super().__init__(
            f"Your team used it on {utc(earlier.received_at)} for another archive or phase. "
            "Send a new key with a new hand-in. Nothing was spent."
        )


def utc(moment: datetime) -> str:
    return f"{moment.astimezone(timezone.get_default_timezone()):%-d %b %Y, %H:%M} UTC"


def refuse_unless_open(phase: Phase, at: datetime) -> ScoringRule:
    """The rule a hand-in of that moment is scored by; raises SubmissionRefused where none is taken."""
    if at < phase.opens_at:
        raise PhaseNotYetOpen(phase)
    if phase.closes_at and at >= phase.closes_at:
        raise PhaseClosed(phase)
    if phase.paused:
        raise PhasePaused(phase)
    rule = phase.published_rule()
    if rule is None:
        raise NoGroundTruth(phase)
    return rule


def refuse_unless_possible(team: Team | None, phase: Phase, at: datetime) -> None:
    """Raise now what `hand_in` would raise, before anyone waits for an upload."""
    if team is None:
        raise NoTeam
    refuse_unless_open(phase, at)
    if not slots.free(team, phase, at):
        raise NoSlotLeft(phase, phase.next_window_opens(at))


def hand_in(
    *,
    team: Team | None,
    phase: Phase,
    user: User,
    archive: IncomingArchive,
    method: str,
    began_at: datetime,
    key: str = "",
) -> Submission:
    """Take the team's next free slot and queue the archive for scoring.

    Asked again with the same `key`, it answers with the submission it made the first time.
    """
    if earlier := _handed_in_before(team, key):
        return _the_same(earlier, phase, archive)
    refuse_unless_possible(team, phase, began_at)
    if not archive.looks_like_zip():
        raise NotAZip(archive.name)
    stored = archive.keep()
    submission = Submission(
        phase=phase,
        team=team,
        handed_in_by=user,
        began_at=began_at,
        method=method,
        idempotency_key=key or None,
        archive_name=stored.name,
        original_name=archive.name[-200:],
        size=stored.size,
        sha256=stored.sha256,
    )
    try:
        _record(submission)
    except IntegrityError:
        _remove_unless_recorded(stored)
        if earlier := _handed_in_before(team, key):  # the same request twice at once: the other one was faster
            return _the_same(earlier, phase, archive)
        raise
    except BaseException:
        _remove_unless_recorded(stored)
        raise
    failpoint("after_commit")
    return submission


@transaction.atomic
def _record(submission: Submission) -> None:
    """The submission, its slot and its place in the queue: all of them, or none."""
    phase = Phase.objects.select_related("track").get(pk=submission.phase_id)  # the limit as it is now
    submission.phase = phase
    _number(submission)
    try:
        slots.take_slot(submission)
    except slots.AllSlotsHeld as error:
        raise NoSlotLeft(phase, phase.next_window_opens(submission.began_at)) from error
    rule = refuse_unless_open(phase, submission.began_at)
    evaluation = Evaluation.objects.create(submission=submission, rule=rule)
    EvaluationEvent.objects.create(evaluation=evaluation, after=State.QUEUED, cause="handed in")
    transaction.on_commit(hint, robust=True)  # broker away? the sweep finds it
    failpoint("before_commit")


def _number(submission: Submission) -> None:
    """Save it as the team's next hand-in of the day, of which there are only so many."""

    def save(number: int) -> Submission:
        submission.number_of_day = number
        submission.save(force_insert=True)
        return submission

    numbers = range(1, submission.phase.hand_in_cap + 1)
    submission.day = submission.began_at.astimezone(UTC).date()
    if take_lowest_free(numbers, Submission, Submission.NUMBERED_ONCE, save) is None:
        raise TooManyHandIns(submission.phase)


def _remove_unless_recorded(stored: StoredArchive) -> None:
    """Where the database cannot say whether the commit went through, the file stays: better too many than lost."""
    with suppress(DatabaseError):
        if not Submission.objects.filter(archive_name=stored.name).exists():
            stored.path.unlink()


def _handed_in_before(team: Team | None, key: str) -> Submission | None:
    return Submission.objects.filter(team=team, idempotency_key=key).first() if team and key else None


def _the_same(earlier: Submission, phase: Phase, archive: IncomingArchive) -> Submission:
    if (earlier.phase_id, earlier.sha256) != (phase.pk, archive.sha256):
        raise KeyUsedBefore(earlier)
    return earlier


def hint() -> None:
    """Tell the workers that there is work; the embedded broker lives in the worker, whose sweep will see."""
    if not settings.EMBEDDED:
        hints.hint()
