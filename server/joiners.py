"""Zero-width joiners, which some scripts need: where Unicode's rules for identifiers allow them (UAX #31, 2.3)."""

import unicodedata
from functools import cache

NON_JOINER, JOINER = "\u200c", "\u200d"
JOINERS = {NON_JOINER, JOINER}
ARABIC_FORMS = range(0xFB50, 0xFF00)  # each letter again, as it looks at the begin, in the midst, at the end
CONTEXT = 8  # letters and marks that are looked at on either side
VIRAMA = 9  # the combining class of the signs that end a consonant without its vowel


def is_allowed_joiner(text: str, at: int) -> bool:
    """Whether there is a joiner at this index that changes how its neighbours are written."""
    if text[at] not in JOINERS:
        return False
    before, after = text[max(0, at - CONTEXT) : at], text[at + 1 : at + 1 + CONTEXT]
    if text[at] == JOINER:
        return _joins_consonants(before, after) or _forms_conjunct(before, after)
    return _breaks_arabic(before, after) or (_ends_with_virama(before) and _is_letter_like(after[:1], before[-1]))


def _joins_consonants(before: str, after: str) -> bool:
    """Rule B: behind a virama, unless a vowel sign follows. It decides on the form of the consonants."""
    return _ends_with_virama(before) and "VOWEL SIGN" not in unicodedata.name(after[:1] or " ", "")


def _forms_conjunct(before: str, after: str) -> bool:
    """Between a consonant and a virama with a further consonant, as in Bengali, Kannada and Sinhala words."""
    if len(after) < 2 or not _is_virama(after[0]):
        return False
    return _is_letter_like(before[-1:], after[0]) and _is_letter_like(after[1], after[0])


def _breaks_arabic(before: str, after: str) -> bool:
    """Rule A1: between two letters that would join, as within Persian words."""
    left, right = _without_marks(before)[-1:], _without_marks(after)[:1]
    return "initial" in _arabic_forms(left) and "final" in _arabic_forms(right)


def _ends_with_virama(before: str) -> bool:
    """Whether the text ends with a letter, perhaps marks, and a virama, perhaps with marks of its own."""
    written = before.rstrip("".join(filter(_is_combining, before)))
    return bool(written) and _is_virama(written[-1]) and _is_letter_like(_without_marks(written)[-1:], written[-1])


def _is_combining(letter: str) -> bool:
    return unicodedata.combining(letter) not in {0, VIRAMA}


def _is_virama(letter: str) -> bool:
    return unicodedata.combining(letter) == VIRAMA


def _is_letter_like(letter: str, sign: str) -> bool:
    """Whether there is a letter, and it is of the script of the sign."""
    return bool(letter) and unicodedata.category(letter)[0] == "L" and _script(letter) == _script(sign)


def _script(letter: str) -> str:
    return unicodedata.name(letter, "").partition(" ")[0]


def _without_marks(text: str) -> str:
    return "".join(letter for letter in text if unicodedata.category(letter) != "Mn")


def _arabic_forms(letter: str) -> set[str]:
    """Return the forms of a letter; one with a small sign has those of the letter without."""
    if not letter or letter in _forms():
        return _forms().get(letter, set())
    name = unicodedata.name(letter, "").partition(" WITH ")[0]
    try:
        return _forms().get(unicodedata.lookup(name), set()) if name.startswith("ARABIC LETTER") else set()
    except KeyError:
        return set()


@cache
def _forms() -> dict[str, set[str]]:
    forms: dict[str, set[str]] = {}
    for code in ARABIC_FORMS:
        form, _, letter = unicodedata.decomposition(chr(code)).partition("> ")
        if letter and " " not in letter:
            forms.setdefault(chr(int(letter, 16)), set()).add(form.removeprefix("<"))
    return forms
