"""Headers that would stop Django while it makes the request, before anything could answer."""

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.test import RequestFactory
from django.test.client import FakePayload

from server.utf8_request import Utf8Request

FORM = b'--x\r\nContent-Disposition: form-data; name="method"\r\n\r\nCaf\xc3\xa9\r\n--x--\r\n'
FATAL = [
    *(
        {"CONTENT_TYPE": f"multipart/form-data; boundary=x; charset={name}"}
        for name in ("zlib", "rot13", "undefined")
    ),
    {"CONTENT_TYPE": "multipart/form-data; boundary=x; charset=idna"},
    {"CONTENT_TYPE": "multipart/form-data; boundary=x; charset=utf-8", "QUERY_STRING": "a=1&" * 2000},
    {"CONTENT_TYPE": "text/plain; charset*=none-such''x"},
    {"CONTENT_TYPE": "text/plain; a*=idna''%ff"},
    {"CONTENT_TYPE": "text/plain", "HTTP_ACCEPT": "text/html, a/b; q*=none-such''x"},
]


def environ(**headers: str) -> dict:
    about = {"PATH_INFO": "/", "REQUEST_METHOD": "POST", "CONTENT_LENGTH": str(len(FORM)), "QUERY_STRING": "a=%ff"}
    return RequestFactory()._base_environ(
        **{**about, "wsgi.input": FakePayload(FORM), **headers}
    )  # as a web server gives it


@pytest.mark.parametrize("headers", FATAL)
def test_a_request_is_made_and_can_be_answered(headers):
    request = Utf8Request(environ(**headers))
    assert request.get_preferred_type(["text/html"]) == "text/html"
    assert request.POST.get("method") == ("Café" if "boundary" in headers["CONTENT_TYPE"] else None)


@pytest.mark.parametrize("headers", FATAL)
def test_djangos_own_would_not(headers):
    """Else the class is no longer needed."""
    with pytest.raises(Exception, match=r"encoding|codec|exceeded"):
        WSGIRequest(environ(**headers)).get_preferred_type(["text/html"])


def test_what_is_well_formed_is_kept():
    request = Utf8Request(
        environ(CONTENT_TYPE="multipart/form-data; boundary=x", HTTP_ACCEPT="text/html;q=0.5, a/b")
    )
    assert (request.content_type, request.content_params) == ("multipart/form-data", {"boundary": "x"})
    assert request.META["HTTP_ACCEPT"] == "text/html;q=0.5, a/b"
