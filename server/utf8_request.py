"""The request class: text is UTF-8, and every request can be answered, whatever its headers."""

from typing import Any

from django.core.handlers.wsgi import WSGIRequest
from django.utils.http import parse_header_parameters

PARSED = ("CONTENT_TYPE", "HTTP_ACCEPT")


class Utf8Request(WSGIRequest):
    """Request that ignores the charset of its Content-Type, and drops malformed headers.

    Django decodes by that charset while it makes the request, before anything could answer: a codec that is not
    for text, or a query with too many fields, would fail there.
    """

    def __init__(self, environ: dict[str, Any]) -> None:
        for name in PARSED:
            if not _is_readable(environ.get(name, "")):
                del environ[name]
        super().__init__(environ)

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        self.content_type, self.content_params = parse_header_parameters(meta.get("CONTENT_TYPE", ""))


def _is_readable(header: str) -> bool:
    try:
        for part in header.split(","):
            parse_header_parameters(part)
    except (LookupError, ValueError):
        return False
    return True
