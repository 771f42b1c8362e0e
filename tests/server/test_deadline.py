"""The deadline, on page and API: the time at which the upload's headers arrived decides; half-open, in UTC."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from server import upload_middleware
from server.accounts.services import make_token
from server.submissions import services
from server.submissions.models import Submission
from tests.ground_truths import SAID

pytestmark = pytest.mark.django_db
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


@pytest.fixture(params=["page", "API"])
def send(request, alice, good_zip, monkeypatch):
    """Submit with headers that were here at one moment and a body that ended at another; the answer's status."""
    client = Client()

    def at(phase, began_at: datetime, ended_at: datetime | None = None) -> int:
        monkeypatch.setattr(upload_middleware, "timezone", SimpleNamespace(now=lambda: began_at))
        clock = SimpleNamespace(now=lambda: ended_at or began_at, get_default_timezone=lambda: UTC)
        monkeypatch.setattr(services, "timezone", clock)
        archive = SimpleUploadedFile("results.zip", good_zip)
        if request.param == "page":
            client.force_login(alice)
            return client.post(phase.submit_url, {"archive": archive, **SAID}).status_code
        secret = make_token(user=alice, label="x", scope="submit", days=None)[1]
        form = {"phase": phase.pk, "archive": archive, **SAID}
        bearer = {"Authorization": f"Bearer {secret}"}
        return client.post(reverse("api:submissions"), form, headers=bearer).status_code

    return at


TAKEN, REFUSED = {201, 302}, {409}


@pytest.mark.parametrize(("shift", "answer"), [(-SECOND, TAKEN), (SECOND * 0, REFUSED), (SECOND, REFUSED)])
def test_a_second_before_the_end_is_in_time_and_the_end_is_not(send, phase, shift, answer):
    assert send(phase, phase.closes_at + shift) in answer
    assert Submission.objects.count() == (answer == TAKEN)


@pytest.mark.parametrize(("shift", "answer"), [(-SECOND, REFUSED), (SECOND * 0, TAKEN), (SECOND, TAKEN)])
def test_a_second_before_the_opening_is_too_early_and_the_opening_is_not(send, phase, shift, answer):
    assert send(phase, phase.opens_at + shift) in answer


@pytest.mark.parametrize(("minutes", "answer"), [(0, TAKEN), (59, TAKEN), (60, TAKEN), (61, REFUSED)])
def test_begun_before_and_finished_after_has_an_hour(send, phase, minutes, answer):
    assert send(phase, phase.closes_at - SECOND, phase.closes_at + minutes * MINUTE) in answer
    if answer == TAKEN:
        submission = Submission.objects.get()
        assert submission.began_at == phase.closes_at - SECOND
        assert submission.received_at == phase.closes_at + minutes * MINUTE


def test_the_window_is_that_of_the_beginning_too(send, open_phase, truth):
    midnight = datetime(2028, 3, 1, tzinfo=UTC)  # the night after a leap day
    monthly = open_phase(slug="monthly", per="month", opens_at=midnight - 99 * timedelta(days=1), closes_at=None)
    assert send(monthly, midnight - SECOND, midnight + MINUTE) in TAKEN
    submission = Submission.objects.get()
    assert submission.slots.get().window == "2028-02"
    assert f"{submission.day}" == "2028-02-29"


@pytest.mark.parametrize(
    ("at", "day", "next_day"),
    [
        ("2028-02-28T23:59:59Z", "2028-02-28", "2028-02-29T00:00:00+00:00"),
        ("2028-02-29T00:00:00Z", "2028-02-29", "2028-03-01T00:00:00+00:00"),
        ("2027-02-28T12:00:00Z", "2027-02-28", "2027-03-01T00:00:00+00:00"),
        ("2027-03-28T01:30:00+01:00", "2027-03-28", "2027-03-29T00:00:00+00:00"),  # a day of 23 hours in Europe
        ("2026-10-25T00:30:00+02:00", "2026-10-24", "2026-10-25T00:00:00+00:00"),  # still yesterday in UTC
        ("2026-12-31T23:59:59Z", "2026-12-31", "2027-01-01T00:00:00+00:00"),
    ],
)
def test_days_are_those_of_utc_whatever_the_calendar_does(open_phase, at, day, next_day):
    daily, moment = open_phase(per="day", closes_at=None), datetime.fromisoformat(at)
    assert daily.window(moment) == day
    assert daily.next_window_opens(moment).isoformat() == next_day


def test_the_clock_of_the_client_is_not_asked(send, phase, client, alice, good_zip):
    client.force_login(alice)
    form = {"archive": SimpleUploadedFile("results.zip", good_zip), "began_at": "2020-01-01T00:00:00Z", **SAID}
    client.post(phase.submit_url, form, headers={"Date": "Wed, 01 Jan 2020 00:00:00 GMT"})
    assert timezone.now() - Submission.objects.get().began_at < MINUTE
