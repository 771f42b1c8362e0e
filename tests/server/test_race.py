"""A hundred simultaneous submissions, by page and API, to two web servers: the quota is exact."""

import http.client
import json
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import cycle, islice

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore

from server.accounts.services import make_token
from server.submissions import transitions
from server.submissions.models import Slot, Submission
from tests import processes
from tests.ground_truths import SAID, distinct

pytestmark = [pytest.mark.both_setups, pytest.mark.django_db(transaction=True)]
AT_ONCE = 100
CSRF = "c" * 32


@dataclass(frozen=True)
class Door:
    """One way in: a server's port, an address, and the headers that let a team's member through."""

    port: int
    address: str
    headers: dict[str, str]
    fields: dict[str, str]

    def submit(self, content: bytes) -> tuple[int, str]:
        boundary = uuid.uuid4().hex
        parts = [_part(boundary, f'name="{name}"', value.encode()) for name, value in self.fields.items()]
        parts.append(_part(boundary, 'name="archive"; filename="results.zip"', content))
        body = b"".join(parts) + f"--{boundary}--\r\n".encode()
        headers = {**self.headers, "Content-Type": f"multipart/form-data; boundary={boundary}"}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("POST", self.address, body, headers | {"Accept": "application/json"})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()


def _part(boundary: str, disposition: str, content: bytes) -> bytes:
    head = f"--{boundary}\r\nContent-Disposition: form-data; {disposition}\r\n\r\n"
    return head.encode() + content + b"\r\n"


@pytest.fixture
def doors(folders, tmp_path, shown, alice, phase):
    """The page and the API of two web servers, for the captain of the alices."""
    sites = []
    for number in range(2):
        folder = tmp_path / f"site-{number}"
        folder.mkdir()
        sites.append(shown(processes.site_of(folders, folder)).started())
    bearer = make_token(user=alice, label="race", scope="submit", days=None)[1]
    by_api = {"Authorization": f"Bearer {bearer}"}
    by_page = {"Cookie": f"{_session_cookie(alice)}; csrftoken={CSRF}", "X-CSRFToken": CSRF}
    return [
        door
        for site in sites
        for door in (
            Door(site.port, "/api/v1/submissions/", by_api, {"phase": str(phase.pk), **SAID}),
            Door(site.port, phase.submit_url, by_page, {"method": "by page", **SAID}),
        )
    ]


def _session_cookie(user) -> str:
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


def all_at_once(doors: list[Door], content: bytes) -> Counter[int]:
    """How often each status was answered; every refusal has to say what it is."""
    with ThreadPoolExecutor(AT_ONCE) as threads:
        answers = list(threads.map(lambda door: door.submit(distinct(content)), islice(cycle(doors), AT_ONCE)))
    refusals = [json.loads(text)["title"] for status, text in answers if status != 201]
    assert set(refusals) <= {"No slot is left"}
    return Counter(status for status, _ in answers)


def held() -> int:
    return Slot.objects.filter(returned_at=None).count()


@pytest.mark.parametrize("left", [1, 5])
def test_a_hundred_at_once_get_exactly_the_slots_that_are_left(doors, left, phase, good_zip, submitted, alice):
    for _ in range(phase.limit - left):
        submitted(alice)
    assert all_at_once(doors, good_zip) == {201: left, 409: AT_ONCE - left}
    assert (held(), Submission.objects.count()) == (phase.limit, phase.limit)


def test_after_a_rejection_exactly_one_more_fits(doors, phase, good_zip, submitted, alice):
    for _ in range(phase.limit):
        submitted(alice)
    assert transitions.record_rejected(transitions.claim("a worker"), [], 1)
    assert all_at_once(doors, good_zip) == {201: 1, 409: AT_ONCE - 1}
    assert held() == phase.limit
