"""Checks of option values that several scorers share; each raises BadOption with what would be right."""

from __future__ import annotations


class BadOption(ValueError):
    """An option that a scorer does not have, or a value that it cannot take."""


def require_whole(name: str, value: object, low: int, high: int) -> None:
    """Require a whole number from `low` to `high`."""
    if type(value) is not int or not low <= value <= high:  # a bool is no number here
        raise BadOption(f"{name} must be a whole number from {low} to {high}, not {value!r}")


def require_level_or_none(name: str, value: object) -> None:
    """Require a pixel value, or None for "no such value"."""
    if value is not None:
        require_whole(f"{name} must be none, or", value, 0, 255)
