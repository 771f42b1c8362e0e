"""What a team may be called, and when readers would take two names for one."""

import unicodedata
from functools import cache
from hashlib import sha256

from server.teams.exceptions import NameRefused, NameReserved

RESERVED = [
    *("admin", "administrator", "moderator", "organiser", "organisers", "organizer", "organizers", "staff"),
    *("anonymous", "baseline", "deleted", "deleted team", "everybody", "nobody", "none", "null", "root", "system"),
    *("lid", "lid challenge", "lid organisers", "lid organizers", "lid team", "test", "unknown", "you"),
]
LONGEST_KEY = 120
# Printable by Unicode's word, yet nothing to be seen: fillers, an empty braille cell, variation selectors.
# The two selectors that emoji come with (FE0E, FE0F) are let through and left out of the key.
UNSEEN = {"\u034f", "\u115f", "\u1160", "\u17b4", "\u17b5", "\u2800", "\u3164", "\uffa0"} | {
    chr(code) for block in ((0x180B, 0x1810), (0xFE00, 0xFE0E), (0xE0100, 0xE01F0)) for code in range(*block)
}
MARK_OF_DIRECTION = "\u200e"
EMOJI_SELECTORS = dict.fromkeys([0xFE0E, 0xFE0F])


def tidy(name: str, longest: int) -> str:
    """The name as it is kept: composed, trimmed, single spaces; raises NameRefused where it cannot be."""
    tidied = " ".join(unicodedata.normalize("NFC", name).split())
    if not tidied.isprintable() or UNSEEN & set(tidied):
        raise NameRefused(
            "Leave out characters that cannot be seen, such as those that turn text around or glue emoji together."
        )
    if len(tidied) > longest:
        raise NameRefused(f"Use at most {longest} letters; this has {len(tidied)}.")
    return tidied


def tidy_team_name(name: str, longest: int) -> str:
    """The same for the name that stands on boards, which nobody may read as an official one."""
    tidied = tidy(name, longest)
    if not name_key(tidied):
        raise NameRefused("Give the team a name that can be read.")
    if name_key(tidied) in _reserved_keys():
        raise NameReserved(tidied)
    return tidied


def name_key(name: str) -> str:
    """What two names share that readers would take for the same, whatever their case, width or script.

    Kept in a unique column: whoever changes this, or the table of look-alikes, adds a migration that
    computes the kept keys again.
    """
    folded = unicodedata.normalize("NFKC", name).casefold().translate(EMOJI_SELECTORS)
    seen = "".join(map(_look, unicodedata.normalize("NFKD", folded)))
    seen = seen.replace("i", "l").replace("m", "rn")  # as a capital I looks; as m does, whatever became one
    key = unicodedata.normalize("NFC", " ".join(seen.split()))
    return key if len(key) <= LONGEST_KEY else sha256(key.encode()).hexdigest()


@cache
def _reserved_keys() -> set[str]:
    return {name_key(name) for name in RESERVED}


@cache
def _look(letter: str) -> str:
    """What a small letter looks like in either case, in ASCII where anything there looks like it."""
    looks = [_prototype(letter), _prototype(letter.upper())]
    plain = (look for look in looks if look.isascii())
    return next(plain, looks[0]).casefold()


def _prototype(letter: str) -> str:
    """The one that stands for all that look like this letter.

    The table lists a prototype with all its look-alikes, and each look-alike with its prototype alone. Of a
    lonely pair either may be the prototype: the lesser one is taken.
    """
    if len(alike := _alike().get(letter, [])) != 1:
        return letter
    (other,) = alike
    lonely_pair = len(other) == 1 and len(_alike()[other]) == 1
    return min(letter, other) if lonely_pair else other


@cache
def _alike() -> dict[str, list[str]]:
    """The table of look-alikes without the marks of direction that some of its letters stand between."""
    from confusable_homoglyphs.confusables import confusables_data  # noqa: PLC0415  (megabytes; most never ask)

    return {
        letter.strip(MARK_OF_DIRECTION): [entry["c"].strip(MARK_OF_DIRECTION) for entry in entries]
        for letter, entries in confusables_data.items()
    }
