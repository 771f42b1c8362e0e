"""Upload handler that hashes files while writing them to the archives' volume; keeping one is a rename."""

import hashlib
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import SuspiciousOperation, TooManyFilesSent
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http import QueryDict
from django.http.multipartparser import MultiPartParser
from django.utils.datastructures import MultiValueDict

from evaluator.contract.formats import START_LENGTH, TAIL_LENGTH, archive_fix, archive_kind, looks_like_zip
from server.files import keep, says_full, write_upload
from server.part_headers import Utf8PartHeaders


@dataclass(frozen=True)
class StoredArchive:
    """An archive on the volume under a name that the server chose."""

    name: str
    size: int
    sha256: str

    @property
    def path(self) -> Path:
        return settings.ARCHIVES_DIR / self.name


class IncomingArchive(UploadedFile):
    """An upload in a `.part` file. Closing it removes the file, unless it was kept."""

    name: str
    size: int

    def __init__(self, path: Path, name: str, size: int, sha256: str) -> None:
        super().__init__(path.open("rb"), name, "application/octet-stream", size, None)
        self.path = path
        self.sha256 = sha256

    def why_no_zip(self) -> str:
        """Say what the file is instead of a zip and how to make one, as the evaluator would; "" for a zip."""
        self.seek(0)
        start = self.read(START_LENGTH)
        self.seek(max(0, self.size - TAIL_LENGTH))
        if looks_like_zip(start, self.read(TAIL_LENGTH)):
            return ""
        return f"It is {archive_kind(start)}. {archive_fix(start)}"

    def keep(self) -> StoredArchive:
        """Store the archive under a new name, safely on disk before any row refers to it."""
        stored = StoredArchive(f"{uuid.uuid4()}.zip", self.size, self.sha256)
        self.keep_as(stored.path)
        return stored

    def keep_as(self, path: Path) -> None:
        keep(self.path, path)

    def close(self) -> None:
        super().close()
        self.path.unlink(missing_ok=True)


class UploadTooLarge(SuspiciousOperation):
    """The upload has more bytes than its view accepts."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self.limit = limit


class TooManyUploads(SuspiciousOperation):
    """A person or team already sends as many uploads as they may at once; `who` begins the sentence."""

    def __init__(self, who: str) -> None:
        super().__init__(f"{who} already sending {settings.UPLOADS_AT_ONCE} uploads")


class ArchiveUploadHandler(FileUploadHandler):
    """Writes every uploaded file to the archives' volume while counting and hashing it."""

    chunk_size = 1024**2
    file_name: str  # set by new_file

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.paths: dict[str, Path] = {}

    def handle_raw_input(
        self,
        input_data: Any,
        META: Any,  # noqa: N803  (Django's name)
        content_length: int,
        boundary: Any,
        encoding: str | None = None,
    ) -> tuple[QueryDict, MultiValueDict] | None:
        """Have Django read the form as ever, after making the headers of its parts readable."""
        if isinstance(input_data, Utf8PartHeaders):
            return None
        readable: Any = Utf8PartHeaders(input_data, boundary)  # the parser calls nothing but read
        return MultiPartParser(META, readable, [self], encoding).parse()

    def new_file(self, field_name: str, *args: Any, **kwargs: Any) -> None:
        super().new_file(field_name, *args, **kwargs)
        if field_name in self.paths:
            raise TooManyFilesSent
        self.size = 0
        folder = settings.ARCHIVES_DIR / "incoming"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.path = self.paths[field_name] = folder / f"{uuid.uuid4()}.part"
        self.path.touch(0o600, exist_ok=False)
        self.file = self.path.open("wb", buffering=0)  # a full disk shows in the write, not in the close
        self.digest = hashlib.sha256()
        self.no_room: OSError | None = None

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.size += len(raw_data)
        limit = getattr(self.request, "largest_upload", settings.MAX_UPLOAD_BYTES)  # set by UploadMiddleware
        if self.size > limit:  # whatever its Content-Length
            raise UploadTooLarge(limit)
        if self.no_room is None:
            self._write(raw_data)

    def _write(self, raw_data: bytes) -> None:
        try:
            write_upload(self.file, raw_data)
        except OSError as error:  # the rest is read and dropped: clients read the response only after sending
            if not says_full(error):
                raise
            self.no_room = error
            self.upload_interrupted()
        self.digest.update(raw_data)

    def file_complete(self, file_size: int) -> IncomingArchive:
        if self.no_room:
            raise self.no_room
        self.file.close()
        return IncomingArchive(self.path, self.file_name, file_size, self.digest.hexdigest())

    def upload_interrupted(self) -> None:
        if self.paths:
            self.file.close()
        for path in self.paths.values():
            path.unlink(missing_ok=True)


@contextmanager
def received(content: bytes, name: str = "results.zip") -> Iterator[IncomingArchive]:
    """Pass bytes that did not come by a request through the same upload handler."""
    handler = ArchiveUploadHandler()
    handler.new_file("archive", name, "application/zip", len(content))
    for start in range(0, len(content), handler.chunk_size):
        handler.receive_data_chunk(content[start : start + handler.chunk_size], start)
    archive = handler.file_complete(len(content))
    try:
        yield archive
    finally:
        archive.close()
