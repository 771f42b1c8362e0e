"""The shape of a hostile case: bytes that somebody could submit, and what must come of them."""

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


def attack_table(cases):
    """The lines of a table for docs/security.md: each class of attack, its verdict, codes and cases."""
    rows = ["| attack | verdict | cases | for example |", "|---|---|---|---|"]
    for attack in dict.fromkeys(case.attack for case in cases):
        same = [case for case in cases if case.attack == attack]
        verdicts = sorted({case.verdict for case in same})
        codes = ", ".join(f"`{code}`" for code in sorted({case.code for case in same} - {""}))
        verdict = " or ".join(verdicts) + (f": {codes}" if codes else "")
        rows.append(f"| {attack} | {verdict} | {len(same)} | `{same[0].name}`: {same[0].why} |")
    return rows
