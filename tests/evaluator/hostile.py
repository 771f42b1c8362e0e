"""The shape of a hostile case: bytes that somebody could hand in, and what must come of them."""

from collections.abc import Callable
from dataclasses import dataclass

ACCEPT, REJECT = "accept", "reject"


@dataclass(frozen=True)
class Case:
    """One archive or PNG, made by `build` anew and always the same.

    An archive's `build` takes {image id: valid PNG bytes} of the split; a PNG's takes (width, height). It
    returns the bytes. `code` is one of evaluator.contract.CODES, or "" where the case is accepted.
    """

    name: str  # unique; words joined by hyphens
    attack: str  # the class of attack
    verdict: str  # ACCEPT or REJECT
    code: str
    why: str  # one line
    build: Callable[..., bytes]
