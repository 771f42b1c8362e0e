"""Exceptions of submission services; each message says what is wrong, that no slot was used, and what to do."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.conf import settings

from server.contact import write_to_organisers
from server.submissions.models import Submission, TeamDisqualification
from server.teams.exceptions import LockedToAnotherTeam
from server.teams.models import Team
from server.time_format import format_utc
from server.tracks.models import Phase, Track

NO_SLOT_USED = "No slot was used."
FIX_FIELDS = f"Fix the marked fields and submit again. {NO_SLOT_USED}"


class SubmissionRefused(Exception):
    """A refused submission. `title` names the problem, the message says why and what to do.

    `code` is for programs and never changes; docs/refusals.md has a section for each.
    """

    status = 409
    code = ""
    title = "This submission was not accepted"


class NoTeam(SubmissionRefused):
    code = "no_team"
    title = "You are not in a team yet"

    def __init__(self) -> None:
        super().__init__(
            "You need a team to submit. Create a team, or ask a team’s captain for an invitation, then come back. "
            f"{NO_SLOT_USED}"
        )


class EditionNotListed(SubmissionRefused):
    """Only organisers meet it: for everybody else the phase does not exist."""

    code = "edition_not_listed"
    title = "The edition is not listed yet"

    def __init__(self, phase: Phase) -> None:
        super().__init__(
            f"{phase.title} takes submissions once its edition, {phase.track.edition}, is listed. {NO_SLOT_USED}"
        )


class PhaseNotYetOpen(SubmissionRefused):
    code = "phase_not_open"
    title = "The phase is not open yet"

    def __init__(self, phase: Phase) -> None:
        super().__init__(f"{phase.title} opens on {format_utc(phase.opens_at)}. {NO_SLOT_USED}")


class PhaseClosed(SubmissionRefused):
    code = "phase_closed"
    title = "The phase is closed"

    def __init__(self, phase: Phase, closed_at: datetime) -> None:
        super().__init__(f"{phase.title} closed on {format_utc(closed_at)}. {NO_SLOT_USED}")


class PhasePaused(SubmissionRefused):
    code = "phase_paused"
    title = "The phase is paused"

    def __init__(self, phase: Phase) -> None:
        super().__init__(f"The organisers have paused {phase.title}. Try again later. {NO_SLOT_USED}")


class NoGroundTruth(SubmissionRefused):
    code = "no_ground_truth"
    title = "The phase cannot score yet"

    def __init__(self, phase: Phase) -> None:
        super().__init__(
            f"The organisers have not installed the ground truth of {phase.title} yet. "
            f"{NO_SLOT_USED} The track page shows when the phase is ready."
        )


class UploadTooLate(SubmissionRefused):
    code = "upload_too_late"
    title = "The upload took too long"

    def __init__(self, phase: Phase, closed_at: datetime) -> None:
        minutes = settings.UPLOAD_GRACE // timedelta(minutes=1)
        super().__init__(
            f"It began before {phase.title} closed on {format_utc(closed_at)}, but was not whole "
            f"{minutes} minutes after that, which is the limit. {NO_SLOT_USED}"
        )


class NotInTeam(SubmissionRefused):
    code = "not_in_team"
    title = "You are no longer in this team"

    def __init__(self, team: Team) -> None:
        super().__init__(f"Your membership in {team} ended during the upload. {NO_SLOT_USED}")


class MemberLockedToAnotherTeam(SubmissionRefused):
    code = "locked_to_another_team"
    title = "A member of your team is locked to another team"

    def __init__(self, reason: LockedToAnotherTeam) -> None:
        super().__init__(f"{reason} Your team can submit once this member has left. {NO_SLOT_USED}")


class TeamDisqualified(SubmissionRefused):
    code = "team_disqualified"
    title = "Your team is disqualified in this phase"

    def __init__(self, disqualification: TeamDisqualification) -> None:
        super().__init__(
            f"The organisers disqualified it on {format_utc(disqualification.at)}: {disqualification.reason} It "
            f"can submit nothing more to {disqualification.phase.title}. If you think that is a mistake, "
            f"{write_to_organisers()}. {NO_SLOT_USED}"
        )


class FormRefused(SubmissionRefused):
    """Missing or invalid fields of the form. `errors` says by field what is wrong."""

    code = "form_invalid"
    title = "A field of the form is not valid"

    def __init__(self, errors: Mapping[str, list[str]], message: str = FIX_FIELDS) -> None:
        super().__init__(message)
        self.errors = errors


class FormIncomplete(FormRefused):
    code = "form_incomplete"
    title = "The form is not complete"


class MethodIncomplete(FormIncomplete):
    MESSAGES = {
        "parameters": "Enter the number of parameters of all your inference models together. The rule: “{rule}”",
        "rules_kept": "Declare that you followed the track’s rules. Without it, test results cannot be ranked.",
    }

    def __init__(self, field: str, track: Track) -> None:
        message = self.MESSAGES[field].format(rule=track.parameter_rule)
        super().__init__({field: [message]}, message)


class TooManyParameters(FormRefused):
    code = "too_many_parameters"
    title = "The models are too large"

    def __init__(self, track: Track, stated: int) -> None:
        message = (
            f"You entered {stated:,}. The rule: “{track.parameter_rule}” Count every model used for inference "
            f"once. {NO_SLOT_USED}"
        )
        super().__init__({"parameters": [message]}, message)


class NotAZip(SubmissionRefused):
    code = "not_a_zip"
    title = "This file is not a zip archive"

    def __init__(self, name: str, why: str) -> None:
        super().__init__(
            f"“{name}” is not a zip file, so it was not accepted. {why} {NO_SLOT_USED} "
            "The track page has a sample."
        )


class NoSlotLeft(SubmissionRefused):
    code = "no_slot_left"
    title = "No slot is left"

    def __init__(self, phase: Phase, next_reset: datetime | None) -> None:
        more = f"You get new ones on {format_utc(next_reset)}." if next_reset else "This phase adds no more."
        super().__init__(f"Your team has used all its submissions ({phase.quota}). {more} Nothing was saved.")


class DailyLimitReached(SubmissionRefused):
    code = "daily_limit_reached"
    title = "Too many submissions today"

    def __init__(self, phase: Phase) -> None:
        times = "once" if phase.daily_submission_limit == 1 else f"{phase.daily_submission_limit} times"
        super().__init__(
            f"Your team has submitted {times} today, rejected submissions included, which is the limit of "
            f"{phase.title}. The count restarts at 00:00 UTC. Nothing was saved and no slot was used."
        )


class IdempotencyKeyReused(SubmissionRefused):
    code = "idempotency_key_reused"
    title = "This Idempotency-Key was used before"

    def __init__(self, earlier: Submission) -> None:
        super().__init__(
            f"Your team used it on {format_utc(earlier.received_at)} for another archive or phase. "
            f"Send a new key with a new submission. {NO_SLOT_USED}"
        )


class UploadGone(SubmissionRefused):
    status = 404
    code = "upload_gone"
    title = "There is no such upload"

    def __init__(self) -> None:
        hours = settings.UPLOAD_LIFETIME // timedelta(hours=1)
        super().__init__(
            "You have no upload with this id. It was submitted or removed, or it expired, which an upload does "
            f"{hours} hours after it began. Look at your submissions; if it is not among them, begin a new upload."
        )


class UploadBusy(SubmissionRefused):
    status = 423
    code = "upload_busy"
    title = "Another request writes to this upload"

    def __init__(self) -> None:
        super().__init__(
            "Try again in a few seconds. A request from which nothing comes is ended after "
            f"{settings.CONNECTION_IDLE_SECONDS:g} seconds."
        )


class WrongOffset(SubmissionRefused):
    code = "wrong_offset"
    title = "The upload goes on elsewhere"

    def __init__(self, said: int, right: int) -> None:
        super().__init__(f"Upload-Offset is {said}, but {right} bytes have arrived. Go on from byte {right}.")


class UploadTooLong(SubmissionRefused):
    status = 413
    code = "upload_too_long"
    title = "More bytes than announced"

    def __init__(self, length: int) -> None:
        super().__init__(
            f"The upload was announced with {length} bytes, and this request goes beyond them. None of its bytes "
            "was kept. If the file has changed, begin a new upload."
        )


class ChecksumDiffers(SubmissionRefused):
    status = 460
    code = "checksum_differs"
    title = "The checksum differs"

    def __init__(self) -> None:
        super().__init__(
            "What arrived has not the checksum in Upload-Checksum. None of its bytes was kept. Send them again."
        )


class UploadIncomplete(SubmissionRefused):
    code = "upload_incomplete"
    title = "The upload is not complete"

    def __init__(self, arrived: int, length: int) -> None:
        super().__init__(f"{arrived} of {length} bytes have arrived. Send the rest, then submit. {NO_SLOT_USED}")


class WrongSha256(SubmissionRefused):
    code = "wrong_sha256"
    title = "The file is not the one that was announced"

    def __init__(self, arrived: str, announced: str) -> None:
        super().__init__(
            f"What arrived has the SHA-256 {arrived}, and {announced} was announced. The file changed while it "
            f"was sent, or on the way. Upload it again. {NO_SLOT_USED}"
        )


class UploadOfAnotherPhase(SubmissionRefused):
    code = "upload_of_another_phase"
    title = "The upload was begun for another phase"

    def __init__(self, phase: Phase) -> None:
        super().__init__(
            f"It was begun for {phase.title}, whose deadline and quota it was checked by. Submit it there, or "
            f"upload the file for this phase. {NO_SLOT_USED}"
        )
