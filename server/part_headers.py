"""Reads multipart forms whose file names are in a local code page, as curl on Windows sends them.

Django skips a part whose header is not UTF-8, and the form then seems to have no file.
"""

from typing import Protocol

LONGEST_HEADER = 8192  # Django refuses much shorter ones
LOCAL = "cp1252"  # any will do: the name is only shown


class Readable(Protocol):
    """A request, or its stream."""

    def read(self, size: int | None = ..., /) -> bytes: ...


class Utf8PartHeaders:
    """A stream of a multipart form that turns the headers of its parts into UTF-8 where they are not."""

    def __init__(self, stream: Readable, boundary: bytes) -> None:
        self._stream = stream
        self._separator = b"--" + boundary
        self._ready = b""  # after it, headers may begin

    def read(self, size: int | None = None, /) -> bytes:
        """Return at least one byte, and about `size`, unless the stream has ended."""
        data = self._ready + self._stream.read(size)
        at = data.find(self._separator)
        while at >= 0:
            data, end = self._with_whole_header(data, at)
            data = data[:at] + _as_utf8(data[at:end]) + data[end:]
            at = data.find(self._separator, at + len(self._separator))
        return self._keep_back(data)

    def _with_whole_header(self, data: bytes, at: int) -> tuple[bytes, int]:
        """Read on until the header of the part at `at` has ended; returns the data and where that is, or `at`."""
        while (end := data.find(b"\r\n\r\n", at)) < 0 and len(data) - at < LONGEST_HEADER:
            if not (more := self._stream.read(LONGEST_HEADER)):
                break
            data += more
        return data, max(at, end)

    def _keep_back(self, data: bytes) -> bytes:
        """Keep the last bytes for the next read where they may be the start of a separator."""
        lengths = range(min(len(self._separator), len(data)), 0, -1)
        cut = next((n for n in lengths if self._separator.startswith(data[-n:])), 0)
        if cut and cut < len(data):
            self._ready = data[-cut:]
            return data[:-cut]
        self._ready = b""
        return data


def _as_utf8(header: bytes) -> bytes:
    try:
        header.decode()
    except UnicodeDecodeError:
        return header.decode(LOCAL, "replace").encode()
    return header
