"""Refused acts of verification cases; each says what is wrong and how to fix it."""

from datetime import datetime

from server.acts import ActRefused
from server.contact import organisers
from server.submissions.models import Submission
from server.time_format import format_utc
from server.verification.models import VerificationCase


class NothingChosen(ActRefused):
    field = "submissions"

    def __init__(self) -> None:
        super().__init__("Choose at least one submission.")


class HasCase(ActRefused):
    field = "submissions"

    def __init__(self, submission: Submission) -> None:
        super().__init__(
            f"{submission.team} has a verification case for this submission already. Leave it out, or go on with "
            "that case."
        )


class NotScored(ActRefused):
    field = "submissions"

    def __init__(self, submission: Submission) -> None:
        super().__init__(f"The submission of {submission} is not scored, so there is nothing to verify.")


class DueTooSoon(ActRefused):
    field = "due_at"

    def __init__(self) -> None:
        super().__init__(
            "Give the team at least until tomorrow: the due date has to be 24 hours from now or later."
        )


class NotLater(ActRefused):
    field = "due_at"

    def __init__(self, due_at: datetime) -> None:
        super().__init__(f"The present due date is {format_utc(due_at)}. Choose a later one.")


class NotPossible(ActRefused):
    def __init__(self, case: VerificationCase, wanted: str) -> None:
        super().__init__(
            f"This verification case is {case.get_state_display()}, and cannot become {wanted}. "
            "Nothing was changed. Read its page again."
        )


class CaseClosed(ActRefused):
    def __init__(self, case: VerificationCase) -> None:
        on = f" on {format_utc(case.closed_at)}" if case.closed_at else ""
        super().__init__(f"This verification case was closed{on}, so nothing was added to it.")


class CaseTaken(ActRefused):
    def __init__(self) -> None:
        super().__init__(
            "Another verification case for this submission was opened meanwhile, so this one stays closed."
        )


class FileEmpty(ActRefused):
    field = "file"

    def __init__(self) -> None:
        super().__init__("The file is empty. Choose another one.")


class NotAZip(ActRefused):
    field = "file"

    def __init__(self, why: str) -> None:
        super().__init__(f"Send the predictions as a submission is sent, as a zip. {why}")


class TooManyFiles(ActRefused):
    field = "file"

    def __init__(self, most: int) -> None:
        super().__init__(
            f"The case has {most} files already, and takes no more. Tell {organisers()} in a message."
        )


class InUse(ActRefused):
    def __init__(self) -> None:
        super().__init__(
            "The organisers work with your files now, so none can be removed. Upload what is right, and say in a "
            "message which file counts."
        )
