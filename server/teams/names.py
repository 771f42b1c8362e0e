"""Rules for team names: allowed characters, reserved names, and names that look alike."""

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
# Printable according to Unicode, but invisible: fillers, an empty braille cell, variation selectors.
# The two selectors used with emoji (FE0E, FE0F) are allowed and left out of the key.
INVISIBLE = {"\u034f", "\u115f", "\u1160", "\u17b4", "\u17b5", "\u2800", "\u3164", "\uffa0"} | {
    chr(code) for block in ((0x180B, 0x1810), (0xFE00, 0xFE0E), (0xE0100, 0xE01F0)) for code in range(*block)
}
DIRECTION_MARK = "\u200e"
EMOJI_SELECTORS = dict.fromkeys([0xFE0E, 0xFE0F])


def tidy(name: str, longest: int) -> str:
    """Normalise a name: NFC, trimmed, single spaces. Raises NameRefused where it is not allowed."""
    tidied = " ".join(unicodedata.normalize("NFC", name).split())
    check_visible(tidied)
    if len(tidied) > longest:
        raise NameRefused(f"Use at most {longest} characters; this has {len(tidied)}.")
    return tidied


def check_visible(text: str, *, also: str = "") -> None:
    """Check for characters that nobody sees, but for spaces and those in `also`. Raises NameRefused."""
    for position, character in enumerate(text, 1):
        if character not in also and not _is_visible(character):
            name = unicodedata.name(character, "without a name").lower()
            raise NameRefused(
                "Remove invisible characters, such as those that change the direction of text or join emoji: "
                f"character {position} is U+{ord(character):04X}, {name}."
            )


def _is_visible(character: str) -> bool:
    printed = character.isprintable() or unicodedata.category(character) == "Zs"
    return printed and character not in INVISIBLE


def tidy_team_name(name: str, longest: int) -> str:
    """Normalise a team name, which must not look like an official one. Raises NameRefused."""
    tidied = tidy(name, longest)
    if not name_key(tidied):
        raise NameRefused("Use at least one visible character.")
    if name_key(tidied) in _reserved_keys():
        raise NameReserved(tidied)
    return tidied


def name_key(name: str) -> str:
    """Return a key that is equal for names that look the same, whatever their case, width or script.

    Stored in a unique column: a change of this function, or of the table of look-alikes, needs a migration that
    computes the stored keys again.
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
    """Return what a small letter looks like in either case, as an ASCII letter if there is one."""
    looks = [_prototype(letter), _prototype(letter.upper())]
    plain = (look for look in looks if look.isascii())
    return next(plain, looks[0]).casefold()


def _prototype(letter: str) -> str:
    """Return the letter that represents all that look like this one.

    The table lists a prototype with all its look-alikes, and each look-alike with its prototype alone. In a pair
    that has no third letter either may be the prototype: the smaller one is taken.
    """
    if len(alike := _alike().get(letter, [])) != 1:
        return letter
    (other,) = alike
    is_pair = len(other) == 1 and len(_alike()[other]) == 1
    return min(letter, other) if is_pair else other


@cache
def _alike() -> dict[str, list[str]]:
    """Return the table of look-alikes, without the direction marks around some of its letters."""
    from confusable_homoglyphs.confusables import confusables_data  # noqa: PLC0415  (large, rarely needed)

    return {
        letter.strip(DIRECTION_MARK): [entry["c"].strip(DIRECTION_MARK) for entry in entries]
        for letter, entries in confusables_data.items()
    }
