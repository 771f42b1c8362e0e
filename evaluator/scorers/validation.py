"""Checks of option values and targets that several scorers share."""

from __future__ import annotations


class InvalidOption(ValueError):
    """An option that a scorer does not have, or a value that it cannot take."""


class InvalidTarget(ValueError):
    """A ground-truth map that its scorer cannot take: the rule, and what of this map breaks it."""

    def __init__(self, rule: str, found: str = "") -> None:
        super().__init__(rule, found)
        self.rule, self.found = rule, found


def require_whole(name: str, value: object, low: int, high: int) -> None:
    """Raises InvalidOption unless `value` is a whole number from `low` to `high`."""
    if type(value) is not int or not low <= value <= high:  # a bool is not a number here
        raise InvalidOption(f"{name} must be a whole number from {low} to {high}, not {value!r}")


def require_level_or_none(name: str, value: object) -> None:
    """Raises InvalidOption unless `value` is a pixel value, or None for "no such value"."""
    if value is not None:
        require_whole(f"{name} must be none, or", value, 0, 255)
