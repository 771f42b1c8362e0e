"""A real worker compares a board by itself once it has settled, and another takes over from one that is killed."""

import os
import signal

import pytest
from django.urls import reverse

from leaderboard.intervals.queries import intervals_of
from leaderboard.models import IntervalJob
from server.submissions.models import Evaluation
from tests.processes import eventually, is_alive

pytestmark = [pytest.mark.both_setups, pytest.mark.django_db(transaction=True)]
SOON = {"INTERVALS_AFTER_SECONDS": 0.5}


def test_after_the_scores_come_their_intervals(start_worker, submitted, alice, charlie, truth, phase, client):
    submitted(alice, content=truth.guessed(0.9))
    submitted(charlie, content=truth.guessed(0.4))
    start_worker(**SOON)
    known = eventually(lambda: (told := intervals_of(phase)) and told.current and told, 60)
    rows = client.get(reverse("api:leaderboard", args=[phase.pk])).json()["rows"]
    assert [row["rank"] for row in rows] == [1, 2]
    for row in rows:
        ends = row["intervals"]["mean_iou"]
        assert ends["low"] <= row["scores"]["mean_iou"] <= ends["high"]
    first, second = (Evaluation.objects.get(submission__team__name=name).pk for name in ("alices", "charlies"))
    assert known.pair(first, second).difference > 0
    comparison = IntervalJob.objects.get()
    assert (comparison.fence, comparison.tries, comparison.last_error) == (1, 0, "")


def test_what_a_killed_worker_compared_another_compares(start_worker, submitted, alice, phase):
    submitted(alice)
    first = start_worker(**SOON)
    eventually(lambda: IntervalJob.objects.filter(lease_until__isnull=False).exists(), 60)
    offspring = first.offspring()
    os.kill(first.pid, signal.SIGKILL)
    eventually(lambda: not any(map(is_alive, offspring)), 5)
    assert intervals_of(phase) is None
    start_worker(**SOON)
    eventually(lambda: (told := intervals_of(phase)) and told.current, 60)
    assert IntervalJob.objects.get().fence == 2
