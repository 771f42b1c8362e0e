"""Limit of how many uploads a person and a team may send at once, in all processes together."""

import fcntl
import os
from typing import Any, Self

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler
from django.db import connections

from server.accounts.models import User
from server.teams.eligibility import team_of
from server.uploads import TooManyUploads


class UploadPlaces:
    """The places that an upload takes: one of the person and one of the team.

    A place is a locked file, which the system unlocks even if the process dies.
    """

    def __init__(self) -> None:
        self._files: list[int] = []

    def take(self, user: User) -> None:
        """Take them. Raises TooManyUploads."""
        self._take(f"person-{user.pk}", "You are")
        if team := team_of(user):
            self._take(f"team-{team.pk}", "Your team is")

    def free(self) -> None:
        while self._files:
            os.close(self._files.pop())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.free()

    def _take(self, whose: str, who: str) -> None:
        folder = settings.DATA_DIR / "upload_locks"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for number in range(settings.UPLOADS_AT_ONCE):
            place = os.open(folder / f"{whose}-{number}", os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(place)
            else:
                self._files.append(place)
                return
        raise TooManyUploads(who)


class UploadLimit(FileUploadHandler):
    """Upload handler that takes places while a body is read.

    Bodies of up to MAX_FORM_BYTES need none: they have arrived already.
    """

    chunk_size = None  # type: ignore[assignment]  # that of the handler which writes the file

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.places = UploadPlaces()

    def handle_raw_input(self, input_data: Any, META: Any, content_length: int, *args: Any, **kwargs: Any) -> None:  # noqa: N803
        user = getattr(self.request, "user", None)
        if content_length > settings.MAX_FORM_BYTES and isinstance(user, User):
            self.places.take(user)
            release_connections()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None

    def upload_complete(self) -> None:
        self.places.free()

    def upload_interrupted(self) -> None:
        self.places.free()


def release_connections() -> None:
    """Close the database connections: a slow upload needs none, and PostgreSQL has fewer than we have threads."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close()
