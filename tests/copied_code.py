"""A copy of the code, for tests that change it: the processes of the test run the copy, and ask its evaluator."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings

from evaluator.contract import scorers

ROOT = Path(__file__).resolve().parent.parent
KERNELS = str(ROOT / "evaluator" / "__pycache__")  # compiled once for the copy as well
PACKAGES = ("evaluator", "leaderboard", "server")


def copy_of_code(folder: Path, packages: tuple[str, ...] = PACKAGES) -> Path:
    for package in packages:
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("*.pyc"))
    return folder


@contextmanager
def running(copy: Path) -> Iterator[None]:
    """Have processes that begin run the copy, and this one ask its evaluator."""
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(settings, "BASE_DIR", copy)
            patch.setenv("EVALUATOR_KERNELS_DIR", os.environ.get("EVALUATOR_KERNELS_DIR", KERNELS))
            patch.setattr("evaluator.contract.description.ROOT", copy)
            scorers.cache_clear()
            yield
    finally:
        scorers.cache_clear()
        scorers()
