"""The scorers by name. A new scorer is a new file in this folder and a line in SCORERS."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import Any

from evaluator.scorers.scorer import Scorer
from evaluator.scorers.validation import InvalidOption, InvalidTarget

__all__ = ["SCORERS", "InvalidOption", "InvalidTarget", "Scorer", "make", "options_of", "parse_options"]


def _by_name(*classes: str) -> dict[str, type[Scorer]]:
    """Import each "module.Class" of this folder."""
    found: dict[str, type[Scorer]] = {}
    for module, _, name in (path.partition(".") for path in classes):
        scorer: type[Scorer] = getattr(import_module(f"{__name__}.{module}"), name)
        found[scorer.NAME] = scorer
    return found


SCORERS = _by_name(
    "segmentation.Segmentation",
    "scene_parsing.SceneParsing",
    "localization.Localization",
)


def make(name: str, options: Mapping[str, Any]) -> Scorer:
    """Make the scorer `name` with `options`, and defaults for the rest. Raises InvalidOption."""
    if name not in SCORERS:
        raise InvalidOption(f"no scorer is called {name!r}; there are {', '.join(SCORERS)}")
    known = options_of(SCORERS[name]())
    for key in options:
        if key not in known:
            raise InvalidOption(f"{name} has no option {key!r}; it has {', '.join(known)}")
    return SCORERS[name](**options)


def options_of(scorer: Scorer) -> dict[str, Any]:
    """Return all options of a scorer, JSON-safe."""
    return dict(vars(scorer))


def parse_options(settings: Iterable[str]) -> dict[str, Any]:
    """Parse KEY=VALUE texts: true, false, none, whole numbers, anything else as text. Raises InvalidOption."""
    options: dict[str, Any] = {}
    for setting in settings:
        key, equals, value = setting.partition("=")
        if not (key and equals) or key in options:
            raise InvalidOption(f"options are given once each, as KEY=VALUE, not {setting!r}")
        options[key] = _value(value)
    return options


def _value(text: str) -> bool | int | str | None:
    words = {"true": True, "false": False, "none": None}
    if text.lower() in words:
        return words[text.lower()]
    return int(text) if text.isascii() and text.isdigit() else text
