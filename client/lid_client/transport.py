"""Requests to the server by urllib, with its proxies and certificates from the environment."""

from __future__ import annotations

import http.client
import json
import ssl
import urllib.request
from collections.abc import Iterator, Mapping
from email.message import Message
from typing import Any, NamedTuple, Protocol
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit

from lid_client import __version__
from lid_client.credentials import Credentials
from lid_client.failures import NETWORK, UNEXPECTED, WRONG_USAGE, Failure, Refused, Unreachable, reason_of

SECONDS = 60  # without a byte from the server
NOT_MODIFIED = 304


class Readable(Protocol):
    """A body that is read piece by piece."""

    def read(self, size: int = -1, /) -> bytes:
        """Return at most `size` bytes."""


class Answer(NamedTuple):
    """What the server said."""

    status: int
    headers: Message[str, str]
    body: bytes

    def json(self) -> Any:
        """Return what the body says. Raises Failure where it is no JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            raise Failure(UNEXPECTED, "The answer is not JSON. Is this the address of a LID server?") from None


class _HearsEarlyAnswers(http.client.HTTPConnection):
    """A server may refuse a request before it has read all of it: then its answer counts, not the broken pipe."""

    def endheaders(self, message_body: Any = None, *, encode_chunked: bool = False) -> None:
        try:
            super().endheaders(message_body, encode_chunked=encode_chunked)
        except (BrokenPipeError, ConnectionResetError):
            if self.sock is None:
                raise


class _HearsEarlyAnswersOverTls(_HearsEarlyAnswers, http.client.HTTPSConnection):
    pass


class _Http(urllib.request.HTTPHandler):
    def http_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_HearsEarlyAnswers, request)


class _Https(urllib.request.HTTPSHandler):
    def https_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_HearsEarlyAnswersOverTls, request, context=ssl.create_default_context())


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A token is for one server, and must not follow to another."""

    def redirect_request(self, *_: Any) -> None:
        return None


class Server:
    """A LID server as one person sees it."""

    def __init__(self, credentials: Credentials) -> None:
        self.address, self._token = credentials
        self._opener = urllib.request.build_opener(_Http, _Https, _NoRedirects)
        self._proxy = _proxy_of(self.address)
        self.name = f"{self.address}, through the proxy {self._proxy}," if self._proxy else self.address

    def call(
        self,
        method: str,
        path: str,
        body: bytes | Readable | None = None,
        headers: Mapping[str, str] | None = None,
        seconds: float = SECONDS,
    ) -> Answer:
        """Ask, and return the answer. Raises Refused for one of 400 or more, and Unreachable where none comes."""
        with self._opened(method, path, body, headers, seconds) as response:
            return Answer(response.status, response.headers, self._read(response))

    def chunks(self, path: str, headers: Mapping[str, str], size: int) -> Iterator[tuple[int, bytes]]:
        """Yield the status and the next bytes of an answer, while they come. Raises as `call` does."""
        with self._opened("GET", path, None, headers, SECONDS) as response:
            while chunk := self._read(response, size):
                yield response.status, chunk

    def _opened(
        self,
        method: str,
        path: str,
        body: bytes | Readable | None,
        headers: Mapping[str, str] | None,
        seconds: float,
    ) -> Any:
        """Ask, and return the answer of which no more than the headers is read."""
        own = {"Accept": "application/json", "User-Agent": f"lid/{__version__}"}
        if self._token:
            own["Authorization"] = f"Bearer {self._token}"
        request = urllib.request.Request(  # noqa: S310 (address_of allows http and https only)
            self.address + path,
            data=body,
            headers={**own, **(headers or {})},
            method=method,
        )
        try:
            return self._opener.open(request, timeout=seconds)
        except HTTPError as error:
            if error.code == NOT_MODIFIED:
                return error
            raise self._refused(error) from None
        except URLError as error:
            raise Unreachable(self.name, reason_of(error.reason)) from None
        except (OSError, http.client.HTTPException) as error:
            raise Unreachable(self.name, reason_of(error)) from None

    def _read(self, response: Any, size: int | None = None) -> bytes:
        try:
            read: bytes = response.read(size)
        except (OSError, http.client.HTTPException) as error:
            raise Unreachable(self.name, reason_of(error)) from None
        return read

    def get(self, path: str, seconds: float = SECONDS) -> Any:
        """Return the JSON at a path."""
        return self.call("GET", path, seconds=seconds).json()

    def post(self, path: str, fields: Mapping[str, object], headers: Mapping[str, str] | None = None) -> Any:
        """Send JSON, and return the answer's."""
        json_headers = {"Content-Type": "application/json", **(headers or {})}
        return self.call("POST", path, json.dumps(fields).encode(), json_headers).json()

    def _refused(self, error: HTTPError) -> Failure:
        if error.code < 400:
            there = error.headers.get("Location", "another address")
            return Failure(
                WRONG_USAGE, f"{self.address} leads to {there}. Run `lid login` with the address there."
            )
        try:
            body = error.read()
        except (OSError, http.client.HTTPException) as broken:
            return Unreachable(self.name, reason_of(broken))
        refusal = Refused(error.code, body, error.headers, self.name)
        if self._proxy and not refusal.code:  # these are the words of the proxy, then
            refusal.exit_code = NETWORK
        return refusal


def _proxy_of(address: str) -> str:
    """Return the proxy that the environment names for an address, without a password."""
    parts = urlsplit(address)
    proxy = urllib.request.getproxies().get(parts.scheme, "")
    if urllib.request.proxy_bypass(parts.netloc):
        return ""
    return proxy.rpartition("@")[2].rpartition("//")[2].rstrip("/")
