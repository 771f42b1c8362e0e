"""Changes of phases that are refused; each message says what is wrong and how to fix it."""

from collections.abc import Sequence
from datetime import datetime

from server.time_format import format_utc
from server.tracks.models import Phase

NOTHING_SAVED = "Nothing was changed."


class PhaseChangeRefused(Exception):
    """A refused change. `code` is for programs and never changes; docs/refusals.md has a section for each."""

    code = "phase_change_refused"
    title = "The phases were not changed"

    def __init__(self, why: str) -> None:
        super().__init__(f"{why} {NOTHING_SAVED}")


class NoPhaseChosen(PhaseChangeRefused):
    def __init__(self) -> None:
        super().__init__("Choose at least one phase.")


class NoReason(PhaseChangeRefused):
    def __init__(self) -> None:
        super().__init__("Give the reason: the public log and the audit log keep it.")


class NeedsTime(PhaseChangeRefused):
    """The act needs other times than were given; the message says which."""


class NothingChanges(PhaseChangeRefused):
    def __init__(self, phase: Phase) -> None:
        super().__init__(f"{phase} is like that already. Leave it out, or give another time.")


class InThePast(PhaseChangeRefused):
    def __init__(self, phase: Phase, at: datetime, what: str) -> None:
        instead = "To close it now, choose “Close now”." if what == "close" else "Give a time to come."
        super().__init__(f"{phase} would {what} on {format_utc(at)}, which is past. {instead}")


class ClosesBeforeOpens(PhaseChangeRefused):
    def __init__(self, phase: Phase, opens_at: datetime, closes_at: datetime) -> None:
        super().__init__(
            f"{phase} would close on {format_utc(closes_at)}, and not open before {format_utc(opens_at)}. "
            "Give a close after the opening."
        )


class NotLater(PhaseChangeRefused):
    def __init__(self, phase: Phase, closes_at: datetime) -> None:
        super().__init__(
            f"{phase} closes on {format_utc(closes_at)}, and an extension ends later. To bring the close forward, "
            "choose “Move the dates”."
        )


class WrongState(PhaseChangeRefused):
    """The phase is in a state in which the act makes no sense; the message names the act that does."""


class EndIsNeeded(PhaseChangeRefused):
    def __init__(self, phase: Phase) -> None:
        super().__init__(
            f"{phase} shows its results when it has closed, so it needs a close. First change when its "
            "results are shown."
        )


class NotConfirmed(PhaseChangeRefused):
    def __init__(self) -> None:
        super().__init__("Confirm that the phases close now: nobody can submit to them from then on.")


class PreviewStale(PhaseChangeRefused):
    """What follows is no longer what was shown. `news` are the sentences that were not part of it."""

    code = "phase_change_stale"
    title = "Something has changed meanwhile"

    def __init__(self, news: Sequence[str]) -> None:
        self.news = tuple(news)
        told = " ".join(news) or "Something that was shown no longer follows."
        super().__init__(f"What follows is no longer what you were shown: {told} Look again, then save.")
