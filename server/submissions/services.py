"""Services that accept a submission."""

from contextlib import suppress
from datetime import UTC, date, datetime
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from server.accounts.models import User
from server.audit.services import record
from server.failpoints import failpoint
from server.submissions import slots, worker_wakeup
from server.submissions.exceptions import (
    DailyLimitReached,
    EditionNotListed,
    IdempotencyKeyReused,
    MemberLockedToAnotherTeam,
    NoGroundTruth,
    NoSlotLeft,
    NotAZip,
    NoTeam,
    NotInTeam,
    PhaseClosed,
    PhaseNotYetOpen,
    PhasePaused,
    TeamDisqualified,
    UploadTooLate,
)
from server.submissions.lock_ends import lock_key
from server.submissions.method import Method, check_allowed
from server.submissions.models import Evaluation, EvaluationEvent, State, Submission, TeamDisqualification
from server.teams.exceptions import LockedToAnotherTeam
from server.teams.models import Team
from server.teams.services import lock_team_row
from server.teams.team_locks import lock_members
from server.tracks.models import Phase, ScoringRule, Split, rule_until_commit
from server.unique_sequence import take_lowest_free
from server.uploads import IncomingArchive, StoredArchive


def check_open(phase: Phase, at: datetime) -> ScoringRule:
    """Return the rule that scores submissions made at that time. Raises SubmissionRefused if there is none."""
    if not phase.track.edition.is_listed:
        raise EditionNotListed(phase)
    if at < phase.opens_at:
        raise PhaseNotYetOpen(phase)
    if phase.closes_at and at >= phase.closes_at:
        raise PhaseClosed(phase, phase.closes_at)
    if phase.paused:
        raise PhasePaused(phase)
    rule = phase.published_rule()
    if rule is None:
        raise NoGroundTruth(phase)
    return rule


def check_can_submit(team: Team | None, phase: Phase, at: datetime) -> None:
    """Make the checks of `submit` that need no archive, before an upload. Raises SubmissionRefused."""
    if team is None:
        raise NoTeam
    check_open(phase, at)
    _check_team(team, phase, at)


def _check_not_disqualified(team: Team, phase: Phase) -> None:
    """Check that the organisers have not disqualified the team in the phase. Raises TeamDisqualified."""
    in_force = TeamDisqualification.objects.in_force().filter(team=team, phase=phase)
    if disqualification := in_force.select_related("phase").first():
        raise TeamDisqualified(disqualification)


def _check_team(team: Team, phase: Phase, at: datetime) -> None:
    """Check that the team is not disqualified, and daily limit and free slots, which constraints enforce.

    Raises SubmissionRefused.
    """
    _check_not_disqualified(team, phase)
    if Submission.objects.filter(team=team, phase=phase, day=_day_of(at)).count() >= phase.daily_submission_limit:
        raise DailyLimitReached(phase)
    if not slots.free(team, phase, at):
        raise NoSlotLeft(phase, phase.next_window_opens(at))


def submit(
    *,
    team: Team | None,
    phase: Phase,
    user: User,
    archive: IncomingArchive,
    method: Method,
    began_at: datetime,
    key: str = "",
    upload: UUID | None = None,
) -> Submission:
    """Take the team's next free slot and queue the archive for scoring.

    Returns the earlier submission, and takes no slot, if the same `key` was used before or the same bytes were
    submitted to the phase before: see `is_new`. Raises SubmissionRefused.
    """
    if team is None:
        raise NoTeam
    if earlier := _submission_with_key(team, key):
        return _replayed(earlier, phase, archive)
    rule = check_open(phase, began_at)
    check_allowed(method, phase)
    if duplicate := _duplicate_of(team, phase, rule, archive.sha256):
        return duplicate
    _check_team(team, phase, began_at)
    if why := archive.why_no_zip():
        raise NotAZip(archive.name, why)
    words = method.submission_fields(phase.track)
    submission = Submission(phase=phase, team=team, submitted_by=user, began_at=began_at, upload=upload, **words)
    submission.idempotency_key = key or None
    try:
        return _keep(submission, archive)
    except IntegrityError:
        if earlier := _submission_with_key(team, key):  # the same request came twice, and the other was faster
            return _replayed(earlier, phase, archive)
        raise


def is_new(submission: Submission, began_at: datetime) -> bool:
    """Whether this upload created the submission, not an earlier one with the same archive or key."""
    return submission.began_at == began_at


def _keep(submission: Submission, archive: IncomingArchive) -> Submission:
    """Store the archive and record the submission; remove the file again if no row refers to it."""
    stored = archive.keep()
    submission.received_at = timezone.now()
    submission.archive_name, submission.original_name = stored.name, archive.name[-200:]
    submission.size, submission.sha256 = stored.size, stored.sha256
    try:
        recorded = _record(submission)
    except BaseException:
        _remove_unless_recorded(stored)
        raise
    failpoint("after_commit")
    if recorded != submission:
        _remove_unless_recorded(stored)
    return recorded


@transaction.atomic
def _record(submission: Submission) -> Submission:
    """Create the submission, its slot and its evaluation in one transaction; or return the earlier duplicate."""
    team = _lock_team_of(submission)
    rule_now = rule_until_commit(submission.phase)
    phase = Phase.objects.select_related("track__edition").get(
        pk=submission.phase_id
    )  # read again, under the lock: its limit may have changed, or whether its edition is listed
    submission.phase = phase
    check_grace_period(phase, submission.received_at)
    rule = check_open(phase, submission.began_at)
    _check_not_disqualified(team, phase)
    if duplicate := _duplicate_of(team, phase, rule, submission.sha256):
        return duplicate
    _lock_members(submission)
    _number(submission)
    try:
        slots.take_slot(submission)
    except slots.AllSlotsUsed as error:
        raise NoSlotLeft(phase, phase.next_window_opens(submission.began_at)) from error
    evaluation = Evaluation.objects.create(submission=submission, rule=rule_now or rule)
    EvaluationEvent.objects.create(evaluation=evaluation, after=State.QUEUED, cause="submitted")
    transaction.on_commit(wake_workers, robust=True)  # if the broker is unavailable, the sweep finds it
    failpoint("before_commit")
    return submission


def _lock_team_of(submission: Submission) -> Team:
    """Lock the team's row, so that joins, leaves and submissions take turns. Raises NoTeam or NotInTeam."""
    try:
        team = lock_team_row(submission.team)
    except Team.DoesNotExist as error:
        raise NoTeam from error
    if not team.memberships.filter(user=submission.submitted_by).exists():
        raise NotInTeam(team)
    return team


def check_grace_period(phase: Phase, at: datetime) -> None:
    """Refuse what comes too long after the phase closed, whenever it began. Raises UploadTooLate."""
    if phase.closes_at and at > phase.closes_at + settings.UPLOAD_GRACE:
        raise UploadTooLate(phase, phase.closes_at)


def _lock_members(submission: Submission) -> None:
    """Lock all members to the team for this quota window, on test splits. Raises MemberLockedToAnotherTeam."""
    team, phase = submission.team, submission.phase
    if phase.split == Split.TEST:
        key, ends = lock_key(phase, submission.began_at), phase.window_ends(submission.began_at)
        try:
            lock_members(team, key=key, what=str(phase), until=ends)
        except LockedToAnotherTeam as reason:
            raise MemberLockedToAnotherTeam(reason) from reason


def _duplicate_of(team: Team, phase: Phase, rule: ScoringRule, sha256: str) -> Submission | None:
    """Return the team's earlier submission of the same bytes to the phase, unless it failed or was cancelled."""
    same = Evaluation.objects.filter(submission__sha256=sha256, submission__phase=phase, submission__team=team)
    counting = same.filter(rule=rule).exclude(state__in=[State.FAILED, State.CANCELLED])
    return Submission.objects.filter(evaluations__in=counting).first()


def _number(submission: Submission) -> None:
    """Save the submission with its number within the day. Raises DailyLimitReached."""

    def save(number: int) -> Submission:
        submission.number_of_day = number
        submission.save(force_insert=True)
        return submission

    numbers = range(1, submission.phase.daily_submission_limit + 1)
    submission.day = _day_of(submission.began_at)
    if take_lowest_free(numbers, Submission, Submission.NUMBER_UNIQUE, save) is None:
        raise DailyLimitReached(submission.phase)


def _day_of(at: datetime) -> date:
    return at.astimezone(UTC).date()


def _remove_unless_recorded(stored: StoredArchive) -> None:
    """Remove the file, unless a row refers to it or the database cannot tell: an extra file does no harm."""
    with suppress(DatabaseError):
        if not Submission.objects.filter(archive_name=stored.name).exists():
            stored.path.unlink()


def _submission_with_key(team: Team, key: str) -> Submission | None:
    return Submission.objects.filter(team=team, idempotency_key=key).first() if key else None


def _replayed(earlier: Submission, phase: Phase, archive: IncomingArchive) -> Submission:
    if (earlier.phase_id, earlier.sha256) != (phase.pk, archive.sha256):
        raise IdempotencyKeyReused(earlier)
    return earlier


def wake_workers() -> None:
    """Wake the workers by a message; the embedded broker is in the worker, where the sweep finds the work."""
    if not settings.EMBEDDED:
        worker_wakeup.wake_workers()


def note_download(submission: Submission, *, by: User) -> None:
    """Record in the audit log that an organiser downloads a team's archive, before a byte is sent."""
    with transaction.atomic():
        record(by=by, what="downloaded an archive", subject=submission)
