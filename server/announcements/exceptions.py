"""Refusals about announcements; each message says what is wrong and how to fix it."""

from datetime import datetime

from server.acts import ActRefused
from server.time_format import format_utc


class AnnouncementRefused(ActRefused):
    title = "The announcement cannot be saved or sent"


class SubjectMissing(AnnouncementRefused):
    field = "subject"

    def __init__(self) -> None:
        super().__init__("Write a subject: it is the mail’s subject and the heading on the site.")


class TextMissing(AnnouncementRefused):
    field = "text"

    def __init__(self) -> None:
        super().__init__("Write the text. It is empty.")


class BannerInPast(AnnouncementRefused):
    field = "banner_until"

    def __init__(self, until: datetime) -> None:
        super().__init__(
            f"The banner would have ended on {format_utc(until)}. Choose a later day, or none for no banner."
        )


class BannerNeedsSite(AnnouncementRefused):
    field = "banner_until"

    def __init__(self) -> None:
        super().__init__(
            "A banner leads to the announcement on the site. Tick “also on the site”, or choose no day."
        )


class NobodyToSendTo(AnnouncementRefused):
    def __init__(self, audience: str) -> None:
        super().__init__(
            f"Nobody would get this mail: it is for {audience}, and no active member with a verified address "
            "is among them who wants announcements. Edit the recipients."
        )


class AlreadySent(AnnouncementRefused):
    title = "The announcement was already sent"

    def __init__(self, subject: str, at: datetime) -> None:
        super().__init__(
            f"“{subject}” was sent on {format_utc(at)} and stays as it is. Nothing was sent again. To correct it, "
            "write another announcement."
        )


class Discarded(AnnouncementRefused):
    title = "The draft was discarded"

    def __init__(self) -> None:
        super().__init__("Somebody has discarded this draft. Nothing was changed. Write a new announcement.")


class NoBanner(AnnouncementRefused):
    title = "There is no banner"

    def __init__(self) -> None:
        super().__init__("This announcement is on no banner now. Nothing was changed.")
