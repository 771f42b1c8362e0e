"""Starts the compiled kernels where the machine can run them; without them all is the same, but slower."""

from __future__ import annotations

import functools
import logging
import os
import shutil
import tempfile
from pathlib import Path
from types import ModuleType

WORTH_IT = 100_000_000  # pixels: to start takes about as long as the kernels save on so many
CACHE = "NUMBA_CACHE_DIR"
BESIDE_THE_SOURCE = Path(__file__).with_name("__pycache__") / "kernels"

kernels: ModuleType | None = None  # evaluator.kernels, once started


def start(pixels: int = WORTH_IT) -> bool:
    """Start the kernels if so many pixels are worth it; before a fork, so that the children have them too.

    False where they are not in use. A machine that cannot run them says so once, in a line of stderr.
    """
    global kernels  # noqa: PLW0603 (whoever decodes or counts looks here)
    if pixels >= WORTH_IT:
        kernels = _import_kernels()
    return kernels is not None


@functools.cache
def _import_kernels() -> ModuleType | None:
    try:
        _make_cache_writable()
        from evaluator import kernels as loops  # noqa: PLC0415 (half a second and 130 MB)
    except (ImportError, OSError, RuntimeError) as error:
        logging.getLogger(__name__).warning("Slower, with the same result: no compiled kernels. %s", error)
        return None
    return loops


def _make_cache_writable() -> None:
    """Go on with a copy of a cache that is read-only, as in a container: numba reads none that it cannot write."""
    cache = Path(os.environ.setdefault(CACHE, str(BESIDE_THE_SOURCE)))
    try:
        cache.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=cache).close()  # asking for the rights is not enough where a process is shut in
    except OSError:
        os.environ[CACHE] = tempfile.mkdtemp(prefix="kernels-")
        if cache.is_dir():
            shutil.copytree(cache, os.environ[CACHE], dirs_exist_ok=True)
