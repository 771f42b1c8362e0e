"""Works through a manifest in chunks of images, in forked processes that die with this one."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import Any, Protocol, TypeVar

from evaluator.contract import Manifest, Progress
from evaluator.inspection import CHUNK
from evaluator.kernels import compiled
from evaluator.malloc import keep_freed_memory

PR_SET_PDEATHSIG = 1
Found_co = TypeVar("Found_co", covariant=True)


class ChunkJob(Protocol[Found_co]):
    """What can be done with any chunk of a manifest."""

    @property
    def manifest(self) -> Manifest:
        """All images."""

    def tally(self, chunk: range) -> Found_co:
        """Do it with the images at these indices."""


def in_chunks(
    job: ChunkJob[Found_co], jobs: int, stage: str, progress: Progress | None
) -> Iterator[tuple[range, Found_co]]:
    """Yield each chunk with its tally, in the order of completion, from `jobs` processes."""
    total, done = len(job.manifest.images), 0
    compiled.start(sum(image.pixels for image in job.manifest.images))  # before the fork, like the next line
    keep_freed_memory()
    chunks = [range(start, min(start + CHUNK, total)) for start in range(0, total, CHUNK)]
    for chunk, tally in _tallies(job, chunks, jobs):
        yield chunk, tally
        done += len(chunk)
        if progress:
            progress(stage, done, total)


def _tallies(job: ChunkJob[Found_co], chunks: list[range], jobs: int) -> Iterator[tuple[range, Found_co]]:
    if jobs == 1 or len(chunks) == 1:
        yield from ((chunk, job.tally(chunk)) for chunk in chunks)
        return
    fork = multiprocessing.get_context("fork")
    # An executor, not a Pool: it notices when a child is killed, where a Pool would wait forever.
    pool = ProcessPoolExecutor(min(jobs, len(chunks)), fork, initializer=_inherit_job, initargs=(job, os.getpid()))
    try:
        running = {pool.submit(_tally, chunk): chunk for chunk in chunks}
        for future in as_completed(running):
            yield running.pop(future), future.result()  # popped, so that a result is freed once it is added
    finally:
        pool.shutdown(cancel_futures=True)


_inherited: ChunkJob[Any]  # in a forked child; never pickled


def _inherit_job(job: ChunkJob[Any], parent: int) -> None:
    """Make this forked child die with its parent, and keep the job for its tasks."""
    global _inherited  # noqa: PLW0603 (an executor's tasks can reach nothing else)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before prctl was called
        os._exit(1)
    _inherited = job


def _tally(chunk: range) -> Any:
    return _inherited.tally(chunk)
