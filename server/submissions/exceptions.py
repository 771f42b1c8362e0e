"""Why a submission cannot be taken: each says what is wrong, what it cost (nothing), and what to do."""

from datetime import datetime, timedelta

from django.conf import settings

from server.submissions.models import Submission
from server.teams.exceptions import LockedToAnotherTeam
from server.teams.models import Team
from server.time_format import format_utc
from server.tracks.models import Phase, Track


class SubmissionRefused(Exception):
    """A submission that cannot be taken. `title` names it, the message says why and what to do.

    `code` is for programs and never changes; docs/refusals.md has a section for each.
    """

    code = ""
    title = "This submission cannot be taken"


class NoTeam(SubmissionRefused):
    code = "no_team"
    title = "You are in no team yet"

    def __init__(self) -> None:
        super().__init__(
            "Only teams submit. Create a team, or ask a captain for an invitation link, then come back. "
            "Nothing was spent."
        )


class PhaseNotYetOpen(SubmissionRefused):
    code = "phase_not_open"
    title = "The phase is not open yet"

    def __init__(self, phase: Phase) -> None:
        super().__init__(f"{phase.title} opens on {format_utc(phase.opens_at)}. Nothing was spent.")


class PhaseClosed(SubmissionRefused):
    code = "phase_closed"
    title = "The phase is closed"

    def __init__(self, phase: Phase) -> None:
        super().__init__(f"{phase.title} closed on {format_utc(phase.closes_at)}. Nothing was spent.")


class PhasePaused(SubmissionRefused):
    code = "phase_paused"
    title = "The phase is paused"

    def __init__(self, phase: Phase) -> None:
        super().__init__(f"The organisers have paused {phase.title}. Nothing was spent; try again later.")


class NoGroundTruth(SubmissionRefused):
    code = "no_ground_truth"
    title = "The phase cannot score yet"

    def __init__(self, phase: Phase) -> None:
        super().__init__(
            f"The organisers have not installed the ground truth of {phase.title} yet. "
            "Nothing was spent; the track page shows when the phase is ready."
        )


class UploadTooLate(SubmissionRefused):
    code = "upload_too_late"
    title = "The upload took too long"

    def __init__(self, phase: Phase) -> None:
        minutes = settings.UPLOAD_GRACE // timedelta(minutes=1)
        super().__init__(
            f"It began before {phase.title} closed on {format_utc(phase.closes_at)}, but ended later than the "
            f"{minutes} minutes after it that an upload may take. Nothing was spent."
        )


class NotInTeam(SubmissionRefused):
    code = "not_in_team"
    title = "You are no longer in this team"

    def __init__(self, team: Team) -> None:
        super().__init__(f"Your place in {team} ended while the archive was on its way. Nothing was spent.")


class MemberLockedToAnotherTeam(SubmissionRefused):
    code = "locked_to_another_team"
    title = "A member of your team plays for another"

    def __init__(self, reason: LockedToAnotherTeam) -> None:
        super().__init__(
            f"{reason} Your team can submit there once it no longer has this member. Nothing was spent."
        )


class MethodRefused(SubmissionRefused):
    """What was said about the method cannot stand. `field` is the form's field it was said in."""

    code = "form_incomplete"
    title = "The form is not complete"
    field = ""


class MethodIncomplete(MethodRefused):
    MESSAGES = {
        "parameters": "State the parameters of all your inference models together. The rule: “{rule}”",
        "rules_kept": "Declare that the track’s rules were kept: without that, test results cannot be ranked.",
    }

    def __init__(self, field: str, track: Track) -> None:
        super().__init__(self.MESSAGES[field].format(rule=track.parameter_rule))
        self.field = field


class TooManyParameters(MethodRefused):
    code = "too_many_parameters"
    title = "The models are too large"
    field = "parameters"

    def __init__(self, track: Track, stated: int) -> None:
        super().__init__(
            f"You state {stated:,}. The rule: “{track.parameter_rule}” Count every model that takes part in "
            "inference, once. Nothing was spent."
        )


class NotAZip(SubmissionRefused):
    code = "not_a_zip"
    title = "This file is not a zip archive"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"“{name}” does not begin as a zip does, so it was not taken and no slot was spent. "
            "Put your PNGs into a .zip; the track page has a sample."
        )


class NoSlotLeft(SubmissionRefused):
    code = "no_slot_left"
    title = "No slot is left"

    def __init__(self, phase: Phase, next_reset: datetime | None) -> None:
        again = f"The next ones come on {format_utc(next_reset)}." if next_reset else "This phase adds no more."
        super().__init__(
            f"Your team has used all its submissions ({phase.quota}). {again} Nothing was kept or spent."
        )


class DailyLimitReached(SubmissionRefused):
    code = "daily_limit_reached"
    title = "Too many submissions today"

    def __init__(self, phase: Phase) -> None:
        times = "once" if phase.daily_submission_limit == 1 else f"{phase.daily_submission_limit} times"
        super().__init__(
            f"Your team has submitted {times} today, and {phase.title} takes no more a day, "
            "rejected ones included. The count begins anew at 00:00 UTC. Nothing was kept or spent."
        )


class IdempotencyKeyReused(SubmissionRefused):
    code = "idempotency_key_reused"
    title = "This Idempotency-Key was used before"

    def __init__(self, earlier: Submission) -> None:
        super().__init__(
            f"Your team used it on {format_utc(earlier.received_at)} for another archive or phase. "
            "Send a new key with a new submission. Nothing was spent."
        )
