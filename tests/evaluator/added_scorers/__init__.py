"""Two scorers that the product does not have, and a temporary copy of the evaluator that has them.

This shows that a scorer takes one new file and its line in SCORERS. The files are imported from the copy only.
"""

from __future__ import annotations

import shutil
from pathlib import Path

HERE = Path(__file__).resolve().parent
EVALUATOR = HERE.parents[2] / "evaluator"
ADDED = ("dice.Dice", "centroid_distance.CentroidDistance")  # module.Class
REGISTRY = "SCORERS = _by_name(\n"


def copy_with_added_scorers(folder: Path) -> Path:
    """Copy the package to `folder`/evaluator, add both scorers, and return `folder`, to run `-m evaluator` in."""
    shutil.copytree(EVALUATOR, folder / "evaluator", ignore=shutil.ignore_patterns("*.pyc"))
    add_scorers(folder / "evaluator")
    return folder


def add_scorers(package: Path) -> None:
    """Add both scorers to a copy of the package: each file into `scorers`, and its line to the end of SCORERS."""
    registry = package / "scorers" / "__init__.py"
    before, opening, after = registry.read_text().partition(REGISTRY)
    listed, closing, rest = after.partition(")\n")
    assert opening
    assert closing
    for path in ADDED:
        shutil.copy(HERE / f"{path.partition('.')[0]}.py", package / "scorers")
        listed += f'    "{path}",\n'
    registry.write_text(before + opening + listed + closing + rest)
