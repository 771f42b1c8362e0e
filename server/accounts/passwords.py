"""Passwords in one spelling: NFKC, as NIST SP 800-63B asks, since keyboards differ in how they write a letter."""

import unicodedata
from typing import Any

from django.contrib.auth import password_validation as django

LONGEST_NORMALISED = 1000  # characters; normalising may take a time that is quadratic in the length


def normalised(password: str) -> str:
    return unicodedata.normalize("NFKC", password) if len(password) <= LONGEST_NORMALISED else password


class OfNormalised:
    """Mixin that lets a validator see the password as it is hashed."""

    def validate(self, password: str, user: Any = None) -> None:
        super().validate(normalised(password), user)  # type: ignore[misc]


class SimilarityValidator(OfNormalised, django.UserAttributeSimilarityValidator):
    pass


class LengthValidator(OfNormalised, django.MinimumLengthValidator):
    pass


class CommonPasswordValidator(OfNormalised, django.CommonPasswordValidator):
    pass


class NumericValidator(OfNormalised, django.NumericPasswordValidator):
    pass
