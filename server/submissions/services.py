"""What happens to submissions: the hand-in."""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from server.accounts.models import User
from server.submissions import slots, tasks
from server.submissions.models import Evaluation, EvaluationEvent, State, Submission
from server.teams.models import Team
from server.tracks.models import Phase, ScoringRule
from server.uploads import IncomingArchive


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
        again = f"The next slots come on {utc(next_reset)}." if next_reset else "This phase gives no more."
        super().__init__(f"Your team holds all of its {phase.quota} slots. {again} The file was not kept.")


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
    *, team: Team | None, phase: Phase, user: User, archive: IncomingArchive, method: str, began_at: datetime
) -> Submission:
    """Take the team's next free slot and queue the archive for scoring."""
    refuse_unless_possible(team, phase, began_at)
    if not archive.looks_like_zip():
        raise NotAZip(archive.name)
    stored = archive.keep()
    try:
        with transaction.atomic():
            phase = Phase.objects.select_related("track").get(pk=phase.pk)  # the limit as it is now
            submission = Submission.objects.create(
                phase=phase,
                team=team,
                handed_in_by=user,
                began_at=began_at,
                method=method,
                archive_name=stored.name,
                original_name=archive.name[-200:],
                size=stored.size,
                sha256=stored.sha256,
            )
            slots.take_slot(submission)
            _queue(submission, refuse_unless_open(phase, began_at))
            transaction.on_commit(hint, robust=True)  # broker away? the sweep finds it
    except BaseException as error:
        stored.path.unlink()
        if isinstance(error, slots.AllSlotsHeld):
            raise NoSlotLeft(phase, phase.next_window_opens(began_at)) from error
        raise
    return submission


def hint() -> None:
    """Tell the workers that there is work; the embedded broker lives in the worker, whose sweep will see."""
    if not settings.EMBEDDED:
        tasks.work.apply_async(retry=False)


def _queue(submission: Submission, rule: ScoringRule) -> None:
    evaluation = Evaluation.objects.create(submission=submission, rule=rule)
    EvaluationEvent.objects.create(evaluation=evaluation, after=State.QUEUED, cause="handed in")
