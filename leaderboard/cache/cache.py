"""Cache of rendered answers: kept by each process, under the version of the board they were made from."""

import gzip
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from dataclasses import dataclass
from hashlib import sha256
from threading import Lock
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

from server.conditional import unless_known

Made = TypeVar("Made")


class VersionedCache:
    """Keeps the last version of each of the `size` names that were requested last.

    The first thread that asks for a new version makes it; meanwhile others get the previous one, if there is one.
    """

    def __init__(self, size: int) -> None:
        self._size, self._lock = size, Lock()
        self._entries: OrderedDict[Hashable, tuple[Hashable, Any]] = OrderedDict()
        self._making: dict[Hashable, Future[Any]] = {}

    def get(self, name: Hashable, version: Hashable, make: Callable[[], Made]) -> Made:
        """The value of this name and version, made by `make` where it is missing. Raises what `make` raises.

        A name stands for values of one type.
        """
        with self._lock:
            entry = self._entries.get(name)
            if entry and (entry[0] == version or (name, version) in self._making):
                self._entries.move_to_end(name)
                kept: Made = entry[1]
                return kept
            made_by_another: Future[Made] | None = self._making.get((name, version))
            making = self._making[name, version] = made_by_another or Future()
        if made_by_another is None:
            self._make(name, version, making, make)
        return making.result()

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()

    def _make(self, name: Hashable, version: Hashable, making: Future[Made], make: Callable[[], Made]) -> None:
        try:
            making.set_result(make())
        except BaseException as error:
            making.set_exception(error)
        with self._lock:
            del self._making[name, version]
            if not making.exception():
                self._entries[name] = version, making.result()
                self._entries.move_to_end(name)
            while len(self._entries) > self._size:
                self._entries.popitem(last=False)


board_cache = VersionedCache(size=64)


@dataclass(frozen=True)
class CachedResponse:
    """A response body, also gzipped. Its ETag is a hash of the body, so it reveals nothing else."""

    body: bytes
    gzipped: bytes
    etag: str
    content_type: str

    @classmethod
    def of(cls, body: bytes, content_type: str) -> "CachedResponse":
        etag = f'W/"{sha256(body).hexdigest()[:32]}"'
        return cls(body, gzip.compress(body, 6, mtime=0), etag, content_type)

    def respond(self, request: HttpRequest) -> HttpResponse:
        """The whole response, or 304 where the client has it."""
        accepts_gzip = "gzip" in request.headers.get("Accept-Encoding", "")
        response = HttpResponse(self.gzipped if accepts_gzip else self.body, content_type=self.content_type)
        if accepts_gzip:
            response["Content-Encoding"] = "gzip"
        response["ETag"], response["Cache-Control"] = self.etag, "no-cache"  # kept, but revalidated each time
        patch_vary_headers(response, ["Accept-Encoding", "Cookie"])
        return unless_known(request, response)
