"""Tracks, phases and manifests, from the server, or as they were when it was last asked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from evaluator.contract import Manifest, ManifestError
from lid_client.failures import UNEXPECTED, WRONG_USAGE, Failure, Unreachable
from lid_client.folders import state_folder, write_private
from lid_client.output import remark
from lid_client.transport import Server

SECONDS = 10  # until a check goes on with what was fetched before
SPLITS = {"val": "validation"}  # as the server names them in titles


class Challenge:
    """What is public of a server's challenge; `offline`: do not ask the server."""

    def __init__(self, server: Server, *, offline: bool = False) -> None:
        self.server, self._offline = server, offline
        self._tracks: list[dict[str, Any]] = []

    @property
    def folder(self) -> Path:
        """What is kept of this server."""
        return state_folder() / hashlib.sha256(self.server.address.encode()).hexdigest()[:16]

    def tracks(self) -> list[dict[str, Any]]:
        """Return all tracks with their phases."""
        if not self._tracks:
            self._tracks = json.loads(self._fetched("/api/v1/tracks/?page_size=200", "tracks.json"))["results"]
        return self._tracks

    def phase(self, name: str) -> dict[str, Any]:
        """Return the phase of this id, or `track/phase` slugs."""
        phases: list[dict[str, Any]] = [phase for track in self.tracks() for phase in track["phases"]]
        for phase in phases:
            if name in (str(phase["id"]), name_of(phase)):
                return phase
        known = ", ".join(name_of(phase) for phase in phases) or "none"
        raise Failure(WRONG_USAGE, f"There is no phase “{name}”. Write its id, or one of: {known}.")

    def track(self, slug: str) -> dict[str, Any]:
        """Return a track by its slug."""
        by_slug = {track["slug"]: track for track in self.tracks()}
        return by_slug[slug]

    def manifest(self, phase: dict[str, Any]) -> Manifest:
        """Return the manifest of a phase's split."""
        try:
            path, name = f"/api/v1/phases/{phase['id']}/manifest/", f"{phase['id']}.manifest.json"
            return Manifest.from_json(self._fetched(path, name))
        except ManifestError as error:
            raise Failure(UNEXPECTED, f"The manifest of {name_of(phase)} cannot be read: {error}.") from error

    def others(self, phase: dict[str, Any]) -> Iterator[tuple[str, Manifest]]:
        """Yield title and manifest of each other split, of the same track first, where there is one."""
        tracks = sorted(self.tracks(), key=lambda track: (track["slug"] != phase["track"], track["number"]))
        seen = {(phase["track"], phase["split"])}
        for track in tracks:
            for other in sorted(track["phases"], key=lambda other: other["split"]):
                split = track["slug"], other["split"]
                if split not in seen and other["ready"]:
                    seen.add(split)
                    title = f"{track['title']}, {SPLITS.get(other['split'], other['split'])}"
                    try:
                        yield title, self.manifest(other)
                    except Failure:
                        continue  # a hint less

    def _fetched(self, path: str, name: str) -> bytes:
        """Return what the server says at a path, or said the last time where it cannot be asked."""
        kept = self.folder / name
        if self._offline:
            return self._kept(kept, Failure(WRONG_USAGE, "This was not fetched before: go online once."))
        try:
            body = self.server.call("GET", path, seconds=SECONDS).body
        except Unreachable as failure:
            body = self._kept(kept, failure)
            remark(f"{failure.detail} This is by what was fetched before.")
            self._offline = True
            return body
        try:
            write_private(kept, body)
        except OSError as error:
            remark(f"It could not be kept for later: {error}")
        return body

    def _kept(self, file: Path, failure: Failure) -> bytes:
        try:
            return file.read_bytes()
        except OSError:
            raise failure from None


def name_of(phase: dict[str, Any]) -> str:
    """Return what people write for a phase."""
    return f"{phase['track']}/{phase['slug']}"
