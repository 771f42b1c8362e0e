"""Sends an archive by resumable upload (tus 1.0), or in one request where the server has none."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import uuid
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from lid_client.bodies import Body, form
from lid_client.challenge import Challenge
from lid_client.failures import WRONG_USAGE, Failure, Refused, reason_of
from lid_client.folders import read_json, write_private
from lid_client.output import ProgressLine, remark
from lid_client.patience import Patience

MOST_AT_ONCE = 32 * 2**20  # bytes in one request
TUS = {"Tus-Resumable": "1.0.0"}
UPLOADS, SUBMISSIONS = "/api/v1/uploads/", "/api/v1/submissions/"
SECONDS_AT_ONCE = 300  # the server may need some to write a large file to its disk
GONE, NO_UPLOADS = (404, 410), (404, 405)
MOST_BEGINNINGS = 3


class Archive(NamedTuple):
    """A file to be sent."""

    path: Path
    size: int
    sha256: str

    @classmethod
    def of(cls, path: Path) -> Archive:
        """Read a file once."""
        digest, size = hashlib.sha256(), 0
        try:
            with path.open("rb") as stream:
                while piece := stream.read(2**20):
                    digest.update(piece)
                    size += len(piece)
        except OSError as error:
            raise Failure(WRONG_USAGE, f"{path}: {reason_of(error)}.") from error
        return cls(path, size, digest.hexdigest())


class Upload:
    """One archive on its way to one phase; what a later run needs to go on is in a file."""

    def __init__(
        self, challenge: Challenge, archive: Archive, phase: int, patience: Patience, progress: ProgressLine
    ) -> None:
        self._server, self._archive, self._phase = challenge.server, archive, phase
        self._patience, self._progress, self._beginnings = patience, progress, 0
        name = hashlib.sha256(f"{phase} {archive.sha256}".encode()).hexdigest()[:32]
        self._file = challenge.folder / "uploads" / f"{name}.json"
        self._state = read_json(self._file)

    def submit(self, fields: Mapping[str, str]) -> dict[str, Any]:
        """Send the archive, or what of it is missing, and submit it; return the submission."""
        if not self._state:
            self._keep({"key": str(uuid.uuid4())})
        try:
            answer = self._in_pieces(fields)
        except _NoUploads:
            answer = self._at_once(fields)
        with suppress(OSError):
            self._file.unlink()
        return answer

    def _in_pieces(self, fields: Mapping[str, str]) -> dict[str, Any]:
        """Send the pieces, then the fields; that twice makes no second submission either."""

        def ask() -> dict[str, Any]:
            said = {"phase": self._phase, "upload": self._state["upload"], **fields}
            answer: dict[str, Any] = self._server.post(SUBMISSIONS, said)
            return answer

        while True:
            try:
                self._send()
                return self._patience.until_done(ask)
            except Refused as refusal:
                if refusal.code == "wrong_sha256":
                    self._begin_again(refusal)
                    raise
                if refusal.status not in GONE or not self._path:
                    raise
                with suppress(Refused):  # it may have become a submission before we were stopped
                    return ask()
                self._begin_again(refusal)

    def _at_once(self, fields: Mapping[str, str]) -> dict[str, Any]:
        """Send a form; its key keeps a repeated one from becoming a second submission."""

        def ask() -> dict[str, Any]:
            body, headers = form({"phase": str(self._phase), **fields}, self._archive.path, self._show)
            key = {"Idempotency-Key": str(self._state["key"])}
            answer = self._server.call("POST", SUBMISSIONS, body, {**headers, **key}, SECONDS_AT_ONCE)
            said: dict[str, Any] = answer.json()
            return said

        return self._patience.until_done(ask)

    @property
    def _path(self) -> str:
        """Where the pieces go; empty before there is an upload."""
        return f"{UPLOADS}{self._state['upload']}" if "upload" in self._state else ""

    def _send(self) -> None:
        """Append to the upload until nothing is missing. Raises Failure where nothing gets through for long."""
        offset, most = None, -1
        while offset is None or offset < self._archive.size:
            try:
                offset = self._offset() if offset is None else self._appended(offset)
            except Failure as failure:
                offset = None
                self._patience.pause(failure)
            else:
                if offset > most:
                    most = offset
                    self._patience.worked()

    def _begin_again(self, refusal: Refused) -> None:
        """Forget an upload that the server has no more. Raises the refusal the third time."""
        self._beginnings += 1
        if self._beginnings == MOST_BEGINNINGS:
            raise refusal
        self._keep({"key": self._state["key"]})

    def _offset(self) -> int:
        """Return how much the server has, of a new upload where there is none."""
        if not self._path:
            self._create()
            return 0
        answer = self._server.call("HEAD", self._path, headers=TUS)
        return int(answer.headers.get("Upload-Offset") or 0)

    def _create(self) -> None:
        facts = {"phase": str(self._phase), "filename": self._archive.path.name, "sha256": self._archive.sha256}
        metadata = ",".join(f"{key} {base64.b64encode(text.encode()).decode()}" for key, text in facts.items())
        headers = {"Upload-Length": str(self._archive.size), "Upload-Metadata": metadata}
        try:
            answer = self._server.call("POST", UPLOADS, b"", {**TUS, **headers})
        except Refused as refusal:
            if refusal.status in NO_UPLOADS:
                raise _NoUploads from refusal
            raise
        self._keep({**self._state, "upload": str(answer.json()["id"])})

    def _appended(self, offset: int) -> int:
        """Send the next piece; return how much the server has then.

        It has no checksum of its own: with one, a server keeps nothing of a piece that breaks off. The checksum of
        the whole file was announced.
        """
        with self._archive.path.open("rb") as stream:
            stream.seek(offset)
            piece = stream.read(MOST_AT_ONCE)
        if len(piece) != min(MOST_AT_ONCE, self._archive.size - offset):
            raise Failure(WRONG_USAGE, f"{self._archive.path} has changed while it was sent.")
        headers = {
            "Content-Type": "application/offset+octet-stream",
            "Content-Length": str(len(piece)),
            "Upload-Offset": str(offset),
        }
        body = Body([io.BytesIO(piece)], lambda sent: self._show(offset + sent))
        answer = self._server.call("PATCH", self._path, body, {**TUS, **headers})
        return int(answer.headers["Upload-Offset"])

    def _show(self, sent: int) -> None:
        size = self._archive.size
        self._progress.show(f"Sent {sent / 1e6:,.1f} of {size / 1e6:,.1f} MB ({sent / max(size, 1):.0%})")

    def _keep(self, state: dict[str, Any]) -> None:
        self._state = state
        try:
            write_private(self._file, json.dumps(state).encode())
        except OSError as error:
            remark(f"An interrupted upload will have to begin again: {error}")


class _NoUploads(Exception):
    """The server has no resumable uploads."""
