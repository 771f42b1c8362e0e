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
    """Keeps what was asked for last. What several threads want at once is made by one of them."""

    def __init__(self, size: int) -> None:
        self._size, self._lock = size, Lock()
        self._kept: OrderedDict[Hashable, Future[Any]] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], Any]) -> Any:
        with self._lock:
            found = self._kept.get(key)
            kept = self._kept[key] = found or Future()
            self._kept.move_to_end(key)
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)
        if found is None:
            self._make(key, kept, make)
        return kept.result()

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()

    def _make(self, key: Hashable, kept: Future[Any], make: Callable[[], Any]) -> None:
        try:
            kept.set_result(make())
        except BaseException as error:
            with self._lock:
                self._kept.pop(key, None)
            kept.set_exception(error)


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
