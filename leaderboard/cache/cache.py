"""Answers that were made once and are read often: kept by each process, under the version they were made of."""

import gzip
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from dataclasses import dataclass
from hashlib import sha256
from threading import Lock
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response, patch_vary_headers


class Shelf:
    """Keeps the last version of what was asked for last.

    A new version is made by who asks for it first; who asks meanwhile gets the one before, if there is one.
    """

    def __init__(self, size: int) -> None:
        self._size, self._lock = size, Lock()
        self._kept: OrderedDict[Hashable, tuple[Hashable, Any]] = OrderedDict()
        self._making: dict[Hashable, Future[Any]] = {}

    def get(self, name: Hashable, version: Hashable, make: Callable[[], Any]) -> Any:
        with self._lock:
            kept = self._kept.get(name)
            if kept and (kept[0] == version or (name, version) in self._making):
                self._kept.move_to_end(name)
                return kept[1]
            made_by_another = self._making.get((name, version))
            making = self._making[name, version] = made_by_another or Future()
        if made_by_another is None:
            self._make(name, version, making, make)
        return making.result()

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()

    def _make(self, name: Hashable, version: Hashable, making: Future[Any], make: Callable[[], Any]) -> None:
        try:
            making.set_result(make())
        except BaseException as error:
            making.set_exception(error)
        with self._lock:
            del self._making[name, version]
            if not making.exception():
                self._kept[name] = version, making.result()
                self._kept.move_to_end(name)
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)


shelf = Shelf(size=64)


@dataclass(frozen=True)
class Kept:
    """An answer as bytes, also packed. Its tag is made of the bytes, so it tells nothing that they do not."""

    body: bytes
    packed: bytes
    tag: str
    content_type: str

    @classmethod
    def of(cls, body: bytes, content_type: str) -> "Kept":
        tag = f'W/"{sha256(body).hexdigest()[:32]}"'
        return cls(body, gzip.compress(body, 6, mtime=0), tag, content_type)

    def answer(self, request: HttpRequest) -> HttpResponse:
        """The whole of it, or only that it is still the same."""
        packed = "gzip" in request.headers.get("Accept-Encoding", "")
        answer = HttpResponse(self.packed if packed else self.body, content_type=self.content_type)
        if packed:
            answer["Content-Encoding"] = "gzip"
        answer["ETag"], answer["Cache-Control"] = self.tag, "no-cache"  # kept, but asked about each time
        patch_vary_headers(answer, ["Accept-Encoding", "Cookie"])
        return get_conditional_response(request, etag=self.tag, response=answer)
