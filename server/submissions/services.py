"""What happens to submissions: the submission."""

from contextlib import suppress
from datetime import UTC, date, datetime

from django.conf import settings
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from server.accounts.models import User
from server.audit.services import record
from server.failpoints import failpoint
from server.submissions import slots, worker_wakeup
from server.submissions.exceptions import (
    DailyLimitReached,
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
    UploadTooLate,
)
from server.submissions.method import Method, check_allowed
from server.submissions.models import Evaluation, EvaluationEvent, State, Submission
from server.teams.exceptions import LockedToAnotherTeam
from server.teams.models import Team
from server.teams.services import lock_members, lock_team_row
from server.tracks.models import Phase, ScoringRule, Split
from server.unique_sequence import take_lowest_free
from server.uploads import IncomingArchive, StoredArchive


def check_open(phase: Phase, at: datetime) -> ScoringRule:
    """The rule a submission of that moment is scored by; raises SubmissionRefused where none is taken."""
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


def check_can_submit(team: Team | None, phase: Phase, at: datetime) -> None:
    """Raise what `submit` would raise whatever the archive, before anyone waits for an upload."""
    if team is None:
        raise NoTeam
    check_open(phase, at)
    _check_quota(team, phase, at)


def _check_quota(team: Team, phase: Phase, at: datetime) -> None:
    """Raise where the day's submissions or the window's slots are used up; the constraints decide in the end."""
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
) -> Submission:
    """Take the team's next free slot and queue the archive for scoring.

    Asked again with the same `key`, it answers with the submission it made the first time. The same bytes again in
    the same phase are the submission that is known already, and take no slot: `is_new` tells.
    """
    if team is None:
        raise NoTeam
    if earlier := _submission_with_key(team, key):
        return _replayed(earlier, phase, archive)
    rule = check_open(phase, began_at)
    check_allowed(method, phase)
    if known := _duplicate_of(team, phase, rule, archive.sha256):
        return known
    _check_quota(team, phase, began_at)
    if not archive.looks_like_zip():
        raise NotAZip(archive.name)
    submission = Submission(
        phase=phase,
        team=team,
        submitted_by=user,
        began_at=began_at,
        received_at=timezone.now(),
        idempotency_key=key or None,
        **method.facts(phase.track),
    )
    try:
        return _keep(submission, archive)
    except IntegrityError:
        if earlier := _submission_with_key(team, key):  # the same request twice at once: the other one was faster
            return _replayed(earlier, phase, archive)
        raise


def is_new(submission: Submission, began_at: datetime) -> bool:
    """Whether this very upload made the submission, and not an earlier one of the same archive or key."""
    return submission.began_at == began_at


def _keep(submission: Submission, archive: IncomingArchive) -> Submission:
    """Keep the archive and record the submission; a file that no row speaks of is not left behind."""
    stored = archive.keep()
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
    """The submission, its slot and its place in the queue: all of them, or none. Or the one that is known."""
    team = _lock_team_of(submission)
    phase = Phase.objects.select_related("track").get(pk=submission.phase_id)  # the limit as it is now
    submission.phase = phase
    _check_grace_period(submission)
    rule = check_open(phase, submission.began_at)
    if known := _duplicate_of(team, phase, rule, submission.sha256):
        return known
    _lock_members(submission)
    _number(submission)
    try:
        slots.take_slot(submission)
    except slots.AllSlotsUsed as error:
        raise NoSlotLeft(phase, phase.next_window_opens(submission.began_at)) from error
    evaluation = Evaluation.objects.create(submission=submission, rule=rule)
    EvaluationEvent.objects.create(evaluation=evaluation, after=State.QUEUED, cause="submitted")
    transaction.on_commit(wake_workers, robust=True)  # broker away? the sweep finds it
    failpoint("before_commit")
    return submission


def _lock_team_of(submission: Submission) -> Team:
    """The team, whose joins, leaves and other submissions take turns with this one; the person is still in it."""
    try:
        team = lock_team_row(submission.team)
    except Team.DoesNotExist as error:
        raise NoTeam from error
    if not team.memberships.filter(user=submission.submitted_by).exists():
        raise NotInTeam(team)
    return team


def _check_grace_period(submission: Submission) -> None:
    closes_at = submission.phase.closes_at
    if closes_at and submission.received_at > closes_at + settings.UPLOAD_GRACE:
        raise UploadTooLate(submission.phase)


def _lock_members(submission: Submission) -> None:
    """Whoever is in the team now plays for it in this window of the phase, and for no other team."""
    team, phase = submission.team, submission.phase
    if phase.split == Split.TEST:
        window, ends = phase.window(submission.began_at), phase.window_ends(submission.began_at)
        try:
            lock_members(team, key=f"phase {phase.pk}, {window}", what=str(phase), until=ends)
        except LockedToAnotherTeam as reason:
            raise MemberLockedToAnotherTeam(reason) from reason


def _duplicate_of(team: Team, phase: Phase, rule: ScoringRule, sha256: str) -> Submission | None:
    """The team's submission of the same bytes to the phase, unless it came to nothing by our fault or its wish."""
    same = Submission.objects.filter(team=team, phase=phase, sha256=sha256, evaluations__rule=rule)
    return same.exclude(evaluations__state__in=[State.FAILED, State.CANCELLED]).first()


def _number(submission: Submission) -> None:
    """Save it as the team's next submission of the day, of which there are only so many."""

    def save(number: int) -> Submission:
        submission.number_of_day = number
        submission.save(force_insert=True)
        return submission

    numbers = range(1, submission.phase.daily_submission_limit + 1)
    submission.day = _day_of(submission.began_at)
    if take_lowest_free(numbers, Submission, Submission.NUMBER_UNIQUE, save) is None:
        raise DailyLimitReached(submission.phase)


def _day_of(moment: datetime) -> date:
    return moment.astimezone(UTC).date()


def _remove_unless_recorded(stored: StoredArchive) -> None:
    """Where the database cannot say whether the commit went through, the file stays: better too many than lost."""
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
    """Tell the workers that there is work; the embedded broker lives in the worker, whose sweep will see."""
    if not settings.EMBEDDED:
        worker_wakeup.wake_workers()


def note_download(submission: Submission, *, by: User) -> None:
    """Have it stand in the record that an organiser takes a team's archive, before a byte of it leaves."""
    with transaction.atomic():
        record(by=by, what="downloaded an archive", subject=submission)
