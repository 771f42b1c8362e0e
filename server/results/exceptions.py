"""Refusals about final results and paper packs; each says what is wrong and how to fix it."""

from server.acts import ActRefused
from server.time_format import format_utc
from server.tracks.models import Phase


class ResultsRefused(ActRefused):
    title = "The final results stay as they are"


class NoPhaseChosen(ResultsRefused):
    field = "phases"

    def __init__(self) -> None:
        super().__init__("Choose at least one phase.")


class NotClosed(ResultsRefused):
    field = "phases"

    def __init__(self, phase: Phase) -> None:
        when = f"closes on {format_utc(phase.closes_at)}" if phase.closes_at else "has no end"
        super().__init__(
            f"{phase} {when}: its results are not final while teams may submit. Wait for its close, or close it "
            "on the page of phases."
        )


class ResultsHidden(ResultsRefused):
    field = "phases"

    def __init__(self, phase: Phase) -> None:
        super().__init__(
            f"{phase} hides its results. Show them first (in the admin's list of phases, “publish results”), then "
            "publish the final ones."
        )


class CannotBeShown(ResultsRefused):
    field = "phases"

    def __init__(self, phase: Phase) -> None:
        super().__init__(
            f"{phase} cannot be shown now: {phase.track.scorer_error} Fix that first, or leave the phase out."
        )


class NobodyRanked(ResultsRefused):
    field = "phases"

    def __init__(self, phase: Phase) -> None:
        super().__init__(f"No team is ranked in {phase}, so nobody has won. Leave the phase out.")


class NothingNew(ResultsRefused):
    field = "phases"

    def __init__(self, phase: Phase, number: int) -> None:
        super().__init__(
            f"Version {number} of the final results of {phase} says what its board says now. Leave the phase out."
        )


class OpenPoints(ResultsRefused):
    field = "confirmed"

    def __init__(self, count: int) -> None:
        what = "One point is" if count == 1 else f"{count} points are"
        super().__init__(
            f"{what} still open, which the preview names. Settle them first, or confirm that the results are "
            "final all the same."
        )


class AlreadyWithdrawn(ResultsRefused):
    def __init__(self, what: str) -> None:
        super().__init__(f"The final results of {what} were withdrawn already. Nothing was changed.")


class NotLatest(ResultsRefused):
    def __init__(self, what: str) -> None:
        super().__init__(f"{what}, is not the latest version, so it is not in force. Withdraw the latest one.")


class PackRefused(ActRefused):
    title = "There is no such paper pack now"


class NoPack(PackRefused):
    def __init__(self, state: str) -> None:
        super().__init__(f"This paper pack cannot be downloaded: it is {state}. Have a new one made.")


class NotDeletable(ActRefused):
    def __init__(self) -> None:
        super().__init__("This paper pack was deleted already, or is still being made. Nothing was changed.")
