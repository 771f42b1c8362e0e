"""What ground truth holds: it is no part of the manifest, which is public and tells nothing of the pixels."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class SizeCount:
    """How many images have this size."""

    width: int
    height: int
    images: int


@dataclass(frozen=True)
class LabelCount:
    """How many images and pixels have this label."""

    label: int
    images: int
    pixels: int


@dataclass(frozen=True)
class TruthSummary:
    """Facts of the maps of a split. `share` is that of the `scored` pixels, such as "foreground", in all of them.

    `labels` is empty where the scorer knows none; `unused` are the classes in no map. `lowest_share` and
    `highest_share` are of single images.
    """

    sizes: tuple[SizeCount, ...]
    labels: tuple[LabelCount, ...]
    unused: tuple[int, ...]
    scored: str
    share: float
    lowest_share: float
    highest_share: float

    def to_json(self) -> str:
        """Return JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> TruthSummary:
        """Read what was in the JSON. Raises KeyError, TypeError or ValueError."""
        parsed = {
            "sizes": tuple(SizeCount(**size) for size in facts["sizes"]),
            "labels": tuple(LabelCount(**label) for label in facts["labels"]),
            "unused": tuple(facts["unused"]),
        }
        return cls(**{**facts, **parsed})
