"""In how many pixels two archives of a split agree, to JSON and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from evaluator.contract.outcome import printable

MOST_WORST = 20


class Shares:
    """What follows from the numbers of pixels of an image, or of all."""

    pixels: int
    equal_pixels: int
    absolute_difference: int | None

    @property
    def share(self) -> float:
        """The share of equal pixels, from 0 to 1."""
        return self.equal_pixels / self.pixels

    @property
    def mean_absolute_difference(self) -> float | None:
        """By how many grey levels the maps differ on average; None for labels."""
        return None if self.absolute_difference is None else self.absolute_difference / self.pixels


@dataclass(frozen=True)
class ImageAgreement(Shares):
    """One image: its pixels, and in how many of them both maps have the same value.

    `absolute_difference` is the sum over all pixels; None for labels, whose numbers are only names.
    """

    id: str
    pixels: int
    equal_pixels: int
    absolute_difference: int | None = None


@dataclass(frozen=True)
class Agreement(Shares):
    """All images of a split together; `identical` of them have the same value in every pixel.

    `worst` are those with the smallest shares, at most MOST_WORST of those that are not identical. `warnings` are
    those of both archives.
    """

    images: int
    identical: int
    pixels: int
    equal_pixels: int
    absolute_difference: int | None
    worst: tuple[ImageAgreement, ...]
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "warnings", tuple(map(printable, self.warnings)))

    def to_json(self) -> str:
        """Return one line of JSON: the outcome `compared`."""
        worst = [asdict(image) | _derived(image) for image in self.worst]
        return json.dumps({"outcome": "compared", **asdict(self), **_derived(self), "worst": worst})

    @classmethod
    def from_json(cls, line: str) -> Agreement:
        """Read what to_json returned. Raises ValueError for anything else."""
        try:
            outcome = json.loads(line)
            if outcome.pop("outcome") != "compared":
                raise ValueError("the outcome of another command")
            facts = {**_given(outcome), "warnings": tuple(outcome["warnings"])}
            worst = tuple(ImageAgreement(**_given(image)) for image in outcome["worst"])
            return cls(**{**facts, "worst": worst})
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"not a comparison of the evaluator: {error!r}") from error


def _derived(one: Shares) -> dict[str, float | None]:
    return {"share": one.share, "mean_absolute_difference": one.mean_absolute_difference}


def _given(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in facts.items() if key not in {"share", "mean_absolute_difference"}}
