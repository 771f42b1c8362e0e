"""Bodies that no browser sends, by raw sockets to the real web server: refused in words, with nothing left."""

import socket
from contextlib import closing

import pytest
from django.conf import settings
from django.test import Client

from server.submissions.models import Submission
from tests.ground_truths import SAID
from tests.processes import eventually, site_of


def field(name: str, value: str = "") -> str:
    return f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'


START = '--x\r\nContent-Disposition: form-data; name="archive"; filename="a.zip"\r\n\r\nPK\x03\x04'
FILE = f"{START}{'a' * 1000}\r\n"
FIELDS = "".join(field(name, value) for name, value in {"csrfmiddlewaretoken": "a" * 32, **SAID}.items())
END = "--x--\r\n"
FORM = FIELDS + FILE + END
CHUNKS = f"{len(FORM):x}\r\n{FORM}\r\n0\r\n\r\n"


def long(body: str) -> list[str]:
    return [f"Content-Length: {len(body)}"]


# Name: the headers that tell the length, the body, the status.
BODIES = {
    "a length of less than nothing": (["Content-Length: -5"], FORM, 400),
    "a length with a sign": ([f"Content-Length: +{len(FORM)}"], FORM, 400),
    "a length in words": (["Content-Length: many"], FORM, 400),
    "a length in hexadecimal": ([f"Content-Length: {len(FORM):#x}"], FORM, 400),
    "two lengths": ([*long(FORM), "Content-Length: 5"], FORM, 400),
    "no length": ([], FORM, 411),
    "a length and chunks": (
        [*long(FORM), "Transfer-Encoding: chunked"],
        CHUNKS,
        400,
    ),
    "chunks": (["Transfer-Encoding: chunked"], CHUNKS, 411),
    "another way of transfer": (["Transfer-Encoding: gzip"], FORM, 400),
    "no boundary": (long(FORM), FORM.replace("--x", "--y"), 403),
    "five archives": (long(FIELDS + 5 * FILE + END), FIELDS + 5 * FILE + END, 400),
    "two archives": (long(FIELDS + 2 * FILE + END), FIELDS + 2 * FILE + END, 400),
    "a file cut off by a broken part": (long(body := FIELDS + FILE + f"--x\r\n{'a' * 5000}"), body, 400),
    "a thousand files": (long(FIELDS + 1000 * FILE + END), FIELDS + 1000 * FILE + END, 400),
    "ten thousand fields": (long(FIELDS + 10_000 * field("f") + END), FIELDS + 10_000 * field("f") + END, 400),
    "a field with a name of a million letters": (
        long(body := FIELDS + field("f" * 10**6) + FILE + END),
        body,
        400,
    ),
    "a field of two million letters": (
        long(body := FIELDS + field("method", "m" * 2 * 10**6) + FILE + END),
        body,
        413,
    ),
    "a file in place of each field": (long(body := FILE.replace("archive", "method") + FIELDS + END), body, 400),
}


@pytest.fixture
def site(folders, tmp_path, shown):
    return shown(site_of(folders, tmp_path, MAX_UPLOAD_BYTES=3_000_000)).started()


@pytest.fixture
def send(site, alice, phase):
    """Send a body after these headers; the status of the answer, and its text."""
    browser = Client()
    browser.force_login(alice)
    cookie = f"{settings.SESSION_COOKIE_NAME}={browser.cookies[settings.SESSION_COOKIE_NAME].value}"

    def by_socket(lengths: list[str], body: str, *, version: str = "1.1", parameters: str = "") -> tuple[int, str]:
        head = [
            f"POST {phase.submit_url} HTTP/{version}",
            f"Host: 127.0.0.1:{site.port}",
            f"Content-Type: multipart/form-data; boundary=x{parameters}",
            f"Cookie: {cookie}; csrftoken={'a' * 32}",
            "Connection: close",
            *lengths,
        ]
        with closing(socket.create_connection(("127.0.0.1", site.port), timeout=20)) as line:
            line.sendall("\r\n".join([*head, "", body]).encode("latin-1"))
            line.shutdown(socket.SHUT_WR)
            with line.makefile("rb") as answer:
                words = answer.read().decode(errors="replace")
        return int(words.split()[1]) if words else 0, words

    return by_socket


@pytest.mark.django_db(transaction=True)
def test_odd_bodies_are_refused_and_leave_nothing(send, folders):
    outcomes = {name: send(lengths, body)[0] for name, (lengths, body, _) in BODIES.items()}
    assert outcomes == {name: status for name, (_, _, status) in BODIES.items()}
    eventually(lambda: [path for path in (folders / "archives").rglob("*") if path.is_file()] == [], 5)
    assert not Submission.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_what_is_longer_than_the_limit_is_counted_and_not_believed(send, folders):
    """Form and file have room together that the file alone has not."""
    body = FIELDS + START + "a" * 3_000_001 + "\r\n" + END
    status, words = send(long(body), body)
    assert (status, "The limit is" in words) == (413, True)
    eventually(lambda: [path for path in (folders / "archives").rglob("*") if path.is_file()] == [], 5)


@pytest.mark.django_db(transaction=True)
def test_a_body_that_ends_before_its_length_is_no_submission(send, folders):
    """Neither where the form is whole, nor where the sender went away within the file."""
    for body in (FORM, FIELDS + START + "a" * 2_000_000):
        assert send([f"Content-Length: {len(body) + 500_000}"], body)[0] in {400, 403}
    eventually(lambda: [path for path in (folders / "archives").rglob("*") if path.is_file()] == [], 5)
    assert not Submission.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_same_form_with_its_true_length_is_submitted(send):
    """Else what is odd above might not be why it was refused."""
    assert send(long(FORM), FORM)[0] == 302
    assert Submission.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_charset_that_is_not_for_text_stops_nothing(send):
    """Django would decode by it while it makes the request, before anything could answer."""
    for name in ("zlib", "undefined", "none-such"):
        assert send(long(FORM), FORM, parameters=f"; charset={name}")[0] == 302


@pytest.mark.django_db(transaction=True)
def test_without_a_length_http_1_0_is_told_so_too(send):
    assert send([], FORM, version="1.0")[0] == 411
