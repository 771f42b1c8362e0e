"""The WSGI application that gunicorn serves."""

import os
from collections.abc import Callable, Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application

from evaluator.contract import scorers
from server.checks import refuse_bad_start
from server.sandbox import hide_memory
from server.utf8_request import Utf8Request

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "server.settings")


class WholeBody:
    """Request body that raises ConnectionResetError where it ends early or stalls: half a zip is no submission."""

    def __init__(self, body: Any, length: str) -> None:
        self.body, self.missing = body, int(length)

    def read(self, *size: int) -> bytes:
        return self._counted(self.body.read, *size)

    def readline(self, *size: int) -> bytes:
        return self._counted(self.body.readline, *size)

    def _counted(self, read: Callable[..., bytes], *size: int) -> bytes:
        try:
            chunk = read(*size)
        except BlockingIOError as error:
            raise ConnectionResetError("The client sent nothing for too long.") from error
        self.missing -= len(chunk)
        if not chunk and self.missing > 0:
            raise ConnectionResetError("The client closed the connection.")
        return chunk


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    environ["lid.arrived_at"] = getattr(environ["wsgi.input"], "arrived_at", None)  # by web_worker
    if environ.get("CONTENT_LENGTH"):
        environ["wsgi.input"] = WholeBody(environ["wsgi.input"], environ["CONTENT_LENGTH"])
    return django(environ, start_response)


django = get_wsgi_application()
django.request_class = Utf8Request
refuse_bad_start()
scorers()  # asks the evaluator once, before the first request would
hide_memory()
