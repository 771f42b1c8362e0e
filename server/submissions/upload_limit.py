"""Upload handler that limits how many uploads a person and a team may send at once, in all processes together."""

import fcntl
import os
from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler
from django.db import connections

from server.accounts.models import User
from server.teams.eligibility import team_of
from server.uploads import TooManyUploads


class UploadLimit(FileUploadHandler):
    """Counts one upload of the person and one of the team while a body is read.

    Bodies of up to MAX_FORM_BYTES need none: they have arrived already. A place is a locked file, which the system
    unlocks even if the process dies.
    """

    chunk_size = None  # type: ignore[assignment]  # that of the handler which writes the file

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.places: list[int] = []

    def handle_raw_input(self, input_data: Any, META: Any, content_length: int, *args: Any, **kwargs: Any) -> None:  # noqa: N803
        user = getattr(self.request, "user", None)
        if content_length <= settings.MAX_FORM_BYTES or not isinstance(user, User):
            return
        self._take(f"person-{user.pk}", "You are")
        if team := team_of(user):
            self._take(f"team-{team.pk}", "Your team is")
        _release_connections()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None

    def upload_complete(self) -> None:
        self.upload_interrupted()

    def upload_interrupted(self) -> None:
        while self.places:
            os.close(self.places.pop())

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
                self.places.append(place)
                return
        raise TooManyUploads(who)


def _release_connections() -> None:
    """Close the database connections: a slow upload needs none, and PostgreSQL has fewer than we have threads."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close()
