"""Bodies of requests that are read piece by piece, and tell how far they are."""

from __future__ import annotations

import io
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import BinaryIO


class Body:
    """Streams, one after the other; `progress` is called with the number of bytes read so far."""

    def __init__(self, streams: list[BinaryIO], progress: Callable[[int], None]) -> None:
        self._streams, self._progress, self._read = streams, progress, 0

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes, at most `size`; none at the end."""
        while self._streams:
            piece = self._streams[0].read(size)
            if piece:
                self._read += len(piece)
                self._progress(self._read)
                return piece
            self._streams.pop(0).close()
        return b""


def form(fields: Mapping[str, str], archive: Path, progress: Callable[[int], None]) -> tuple[Body, dict[str, str]]:
    """Return a multipart form with an archive, and the headers of its request. Raises OSError."""
    edge = secrets.token_hex(16)
    head = "".join(
        f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    )
    name = archive.name.replace("\\", "_").replace('"', "%22").replace("\r", "").replace("\n", "")
    head += f'--{edge}\r\nContent-Disposition: form-data; name="archive"; filename="{name}"\r\n'
    start = f"{head}Content-Type: application/zip\r\n\r\n".encode()
    end = f"\r\n--{edge}--\r\n".encode()
    length = len(start) + archive.stat().st_size + len(end)
    headers = {"Content-Type": f"multipart/form-data; boundary={edge}", "Content-Length": str(length)}
    return Body([io.BytesIO(start), archive.open("rb"), io.BytesIO(end)], progress), headers
