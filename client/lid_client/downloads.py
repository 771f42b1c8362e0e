"""Gets an archive of the team back; after an interruption, what of it is missing."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

from lid_client.failures import UNEXPECTED, WRONG_USAGE, Failure, Unreachable, reason_of
from lid_client.output import ProgressLine
from lid_client.patience import Patience
from lid_client.submissions import path_of
from lid_client.transport import Server

CHUNK = 1 << 20
PARTIAL_CONTENT = 206


class Download:
    """A submission's archive on its way to a file, which appears once it is complete and has the right hash."""

    def __init__(
        self, server: Server, submission: dict[str, Any], file: Path, patience: Patience, progress: ProgressLine
    ) -> None:
        self._server, self._patience, self._progress = server, patience, progress
        self._path = f"{path_of(submission['id'])}archive/"
        self._size, self._sha256 = int(submission["size"]), str(submission["sha256"])
        self._file = file
        which = "".join(filter(str.isalnum, self._sha256))[:16]  # of another archive, another part
        self._part = file.with_name(f"{file.name}.{which}.part")

    def get(self) -> None:
        """Fetch what is missing. Raises Failure."""
        try:
            if not self._is_there():
                self._fetch()
                self._finish()
        except OSError as error:
            raise Failure(WRONG_USAGE, f"{self._file} cannot be written: {reason_of(error)}.") from error

    def _is_there(self) -> bool:
        if not self._file.exists():
            return False
        if self._file.is_file() and _sha256_of(self._file) == self._sha256:
            return True
        raise Failure(
            WRONG_USAGE, f"{self._file} is there already, and is something else. Choose another --output."
        )

    def _fetch(self) -> None:
        self._part.touch()
        if self._received() > self._size:
            os.truncate(self._part, 0)
        while self._received() < self._size:
            self._patience.until_done(self._ask)

    def _received(self) -> int:
        return self._part.stat().st_size

    def _ask(self) -> None:
        """Append what comes of the missing bytes. Raises Failure where the connection breaks before the end."""
        first = self._received()
        asked = {"Range": f"bytes={first}-", "If-Range": f'"{self._sha256}"'} if first else {}
        with self._part.open("r+b") as part:
            part.seek(first)
            for status, chunk in self._server.chunks(self._path, asked, CHUNK):
                if first and status != PARTIAL_CONTENT:  # all of it comes again
                    first = part.seek(0)
                    part.truncate()
                part.write(chunk)
                self._patience.worked()
                self._show(part.tell())
        if self._received() < self._size:
            raise Unreachable(self._server.name, "the connection broke")

    def _finish(self) -> None:
        if _sha256_of(self._part) != self._sha256:
            self._part.unlink()
            raise Failure(
                UNEXPECTED,
                "What came is not what was submitted: its SHA-256 differs. Nothing was kept; try again.",
            )
        with self._part.open("rb") as part:
            os.fsync(part.fileno())
        self._part.replace(self._file)

    def _show(self, received: int) -> None:
        self._progress.show(
            f"Received {received / 1e6:,.1f} of {self._size / 1e6:,.1f} MB ({received / max(self._size, 1):.0%})"
        )


def _sha256_of(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
