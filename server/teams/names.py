"""Rules for team names: reserved names, and names that look alike. Those for all names are in `server.names`."""

import unicodedata
from functools import cache
from hashlib import sha256

from server import names
from server.joiners import JOINERS
from server.teams.exceptions import NameRefused, NameReserved

RESERVED = [
    *("admin", "administrator", "moderator", "organiser", "organisers", "organizer", "organizers", "staff"),
    *("anonymous", "baseline", "deleted", "deleted team", "everybody", "nobody", "none", "null", "root", "system"),
    *("lid", "lid challenge", "lid organisers", "lid organizers", "lid team", "test", "unknown", "you"),
]
LONGEST_KEY = 120
DIRECTION_MARK = "\u200e"
UNSEEN = dict.fromkeys([0xFE0E, 0xFE0F, *map(ord, JOINERS)])  # emoji selectors and joiners


def tidy(name: str, longest: int) -> str:
    """Normalise a name of a team or affiliation. Raises NameRefused where it is not allowed."""
    try:
        return names.tidy(name, longest)
    except names.UnusableName as reason:
        raise NameRefused(str(reason)) from reason


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
    folded = unicodedata.normalize("NFKC", name).casefold().translate(UNSEEN)
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
