"""A section of the desk and its lines."""

from dataclasses import dataclass, field
from datetime import datetime

from django.utils.text import Truncator

LONGEST_WORDS = 300


def last_words(error: str) -> str:
    """The last line of an error, which of a traceback is what happened, as a sentence."""
    said = (error.strip().splitlines() or ["No error was noted"])[-1].strip()
    short = Truncator(said).chars(LONGEST_WORDS)
    return short if short[-1] in ".!?…" else f"{short}."


@dataclass(frozen=True)
class Button:
    label: str
    url: str
    about: str  # for those who hear the page: which of the many buttons with this label


@dataclass(frozen=True)
class DeskLine:
    """One thing on the desk. What has a key can be put away, as the organiser has decided to leave it so."""

    title: str
    text: str
    url: str = ""
    at: datetime | None = None
    at_label: str = "since"
    key: str = ""
    button: Button | None = None


@dataclass(frozen=True)
class Section:
    slug: str
    title: str
    lines: list[DeskLine]
    intro: str = ""
    admin_url: str = ""  # the list in the admin that has more
    tone: str = ""  # a class of the style sheet
    more: int = field(default=0)
