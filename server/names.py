"""Rules for the names of people, teams and affiliations, which pages show and e-mails carry to others."""

import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import ValidationError

from server.joiners import JOINERS, is_allowed_joiner

# Printable according to Unicode, but invisible: fillers, an empty braille cell, variation selectors.
# The two selectors used with emoji (FE0E, FE0F) are allowed.
INVISIBLE = {"\u034f", "\u115f", "\u1160", "\u17b4", "\u17b5", "\u2800", "\u3164", "\uffa0"} | {
    chr(code) for block in ((0x180B, 0x1810), (0xFE00, 0xFE0E), (0xE0100, 0xE01F0)) for code in range(*block)
}
# What mail programs turn into a link: an address with its scheme, a domain, four numbers.
LINK = re.compile(r"[^\s.]*://\S*|[^\s.]+\.(?=[^\W\d_][\w-])\S*|\d+(?:\.\d+){3}\S*")
IDEOGRAPHIC_STOP = "\u3002"  # a dot to whatever follows a link


class UnusableName(ValueError):
    """A name that is not allowed; the message says why and what to do."""


@contextmanager
def as_form_errors() -> Iterator[None]:
    """Turn UnusableName into the error of a form's field. Raises ValidationError."""
    try:
        yield
    except UnusableName as reason:
        raise ValidationError(str(reason)) from reason


def tidy(name: str, longest: int) -> str:
    """Normalise a name: NFC, trimmed, single spaces. Raises UnusableName where it is not allowed."""
    tidied = " ".join(unicodedata.normalize("NFC", name).split())
    check_visible(tidied)
    if len(tidied) > longest:
        raise UnusableName(f"Use at most {longest} characters; this has {len(tidied)}.")
    if link := LINK.search(_as_followed(tidied)):
        raise UnusableName(
            f"Remove “{link[0]}”: e-mails show this name, and mail programs would make it a link. In an "
            "abbreviation, put a space after the dot."
        )
    return tidied


def check_visible(text: str, *, also: str = "") -> None:
    """Check for characters that nobody sees, but for spaces, joiners that a script needs, and those in `also`.

    Raises UnusableName.
    """
    for at, character in enumerate(text):
        if not (character in also or _is_visible(character) or is_allowed_joiner(text, at)):
            name = unicodedata.name(character, "without a name").lower()
            raise UnusableName(
                "Remove invisible characters, such as those that change the direction of text or join emoji: "
                f"character {at + 1} is U+{ord(character):04X}, {name}."
            )


def _is_visible(character: str) -> bool:
    printed = character.isprintable() or unicodedata.category(character) == "Zs"
    return printed and character not in INVISIBLE


def without_links(name: str) -> str:
    """Return a stored name as e-mails may show it: what would become a link is taken apart, and looks as it is."""
    followed = _as_followed(name)
    return re.sub(r"([.:/])(?=\S)", r"\1 ", followed) if LINK.search(followed) else name


def _as_followed(name: str) -> str:
    """Return the name as whatever follows links reads it: without marks and in plain letters and dots."""
    plain = unicodedata.normalize("NFKD", name).replace(IDEOGRAPHIC_STOP, ".")
    return "".join(letter for letter in plain if unicodedata.category(letter)[0] != "M" and letter not in JOINERS)
