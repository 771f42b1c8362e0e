"""The public status page says how long scoring takes and what waits, and names nobody."""

from datetime import timedelta
from statistics import median

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from server.submissions import transitions
from server.submissions.models import Evaluation, Submission
from server.submissions.scoring_times import percentile

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client):
    def read() -> str:
        cache.clear()
        return " ".join(client.get(reverse("site:status")).content.decode().split())

    return read


def test_a_server_without_submissions_says_so(page):
    assert "no submission was scored" in page()
    assert "no submission waits" in page()


def test_it_says_how_long_scoring_took_and_what_waits(page, submitted, alice, folders):
    for seconds in (30, 60, 600):
        submission = submitted(alice)
        claimed = transitions.claim("one")
        (folders / "counts").touch()
        assert transitions.record_scored(claimed, {"mean_iou": 0.5}, [], folders / "counts")
        finished = timezone.now() - timedelta(hours=1)
        Evaluation.objects.filter(pk=claimed.pk).update(finished_at=finished)
        Submission.objects.filter(pk=submission.pk).update(received_at=finished - timedelta(seconds=seconds))
    submitted(alice)
    Evaluation.objects.filter(state="queued").update(queued_at=timezone.now() - timedelta(minutes=3))
    said = page()
    assert "3 submissions: half of them within 1 min, 95 of 100 within 10 min" in said
    assert "1 submission waits, the longest for 3 min" in said
    assert "alices" not in said
    Evaluation.objects.exclude(state="queued").update(finished_at=timezone.now() - timedelta(days=8))
    assert "no submission was scored" in page()


@pytest.mark.parametrize("count", [1, 2, 19, 20, 21, 99])
def test_a_percentile_is_the_least_value_that_so_many_do_not_exceed(count):
    values = [timedelta(seconds=number * number) for number in range(count)]
    for percent in (50, 95):
        enough = [value for value in values if sum(v <= value for v in values) >= count * percent / 100]
        assert percentile(values, percent) == min(enough)
    if count % 2:
        assert percentile(values, 50) == median(values)
