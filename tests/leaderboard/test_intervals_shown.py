"""The intervals of a board as its readers meet them: page, submission, API and files."""

import csv
import json
from datetime import timedelta
from io import StringIO

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from leaderboard.cache.cache import board_cache
from leaderboard.intervals.queries import intervals_of
from leaderboard.intervals.values import MetricInterval, bars
from leaderboard.table.page import rendered_board
from server.teams.services import create_team
from server.tracks.models import ScoringRule
from tests.intervals import compute_intervals

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(phase):
    return lambda **query: Client().get(phase.get_absolute_url(), query).content.decode()


@pytest.fixture
def export(phase):
    here = [phase.track.slug, phase.slug]
    return lambda extension: (
        Client().get(reverse("leaderboard:board_export", args=[*here, extension])).content.decode()
    )


def test_a_board_shows_the_interval_of_each_score_and_rank(contest, phase, page):
    assert "interval" not in page()
    known = compute_intervals(phase)
    shown = page()
    for submission in contest:
        of = known.row(submission.evaluations.get().pk)
        assert f"{of.metrics['mean_iou'].text}</span>" in shown
        assert f'<span class="sub" aria-hidden="true">{of.rank.text}</span>' in shown
        assert f", interval {of.rank.low} to {of.rank.high}</span>" in shown
        assert f"{of.rank.meaning} {of.rank.description.capitalize()}.</p>" in shown
    assert shown.count('<svg class="interval"') == 3
    assert shown.count('<svg class="strip"') == 3
    assert "not significantly different from rank 3" in shown.lower()


def test_a_change_says_that_ranks_are_computed_and_shows_no_place(contest, phase, page, compete, alices):
    compute_intervals(phase)
    compete(alices, 0.95)
    shown = page()
    assert "are being computed" in shown
    assert "<summary title" not in shown
    assert shown.count('<svg class="interval"') == 2


def test_the_past_has_intervals_only_where_the_same_rows_stood(contest, phase, page, compete, alices):
    before = timezone.now() - timedelta(seconds=1)
    ScoringRule.objects.update(published_at=before - timedelta(hours=1))
    compute_intervals(phase)
    assert page(at=f"{before:%Y-%m-%dT%H:%M:%SZ}").count('<svg class="interval"') == 3
    compete(alices, 0.95, result={"finished_at": timezone.now()})
    compute_intervals(phase)
    assert page(at=f"{before:%Y-%m-%dT%H:%M:%SZ}").count('<svg class="interval"') == 0


def test_an_organiser_switches_them_off(contest, phase, page):
    compute_intervals(phase)
    phase.shows_intervals = False
    phase.save()
    assert "interval" not in page()


def test_programs_are_told_the_printed_ends(contest, phase):
    url = reverse("api:leaderboard", args=[phase.pk])
    assert Client().get(url).json()["rows"][0]["intervals"] is None
    known = compute_intervals(phase).row(contest[0].evaluations.get().pk)
    row = Client().get(url).json()["rows"][0]
    assert (row["rank_low"], row["rank_high"]) == (known.rank.low, known.rank.high) == (1, 1)
    ends = row["intervals"]["mean_iou"]
    assert [f"{100 * ends[end]:.2f}" for end in ("low", "high")] == list(known.metrics["mean_iou"].texts)
    assert ends["low"] < row["scores"]["mean_iou"] < ends["high"]


def test_files_have_columns_for_the_ends(contest, phase, export):
    plain = export("csv").splitlines()[0]
    known = compute_intervals(phase).row(contest[0].evaluations.get().pk)
    head, first, *_ = csv.reader(StringIO(export("csv")))
    row = dict(zip(head, first, strict=True))
    assert (row["Mean IoU (%), low"], row["Mean IoU (%), high"]) == known.metrics["mean_iou"].texts
    assert (row["Rank, low"], row["Rank, high"]) == ("1", "1")
    assert "low" not in plain
    told = json.loads(export("json"))["rows"][0]
    assert told["intervals"]["mean_iou"] == list(map(float, known.metrics["mean_iou"].texts))
    assert told["rank_interval"] == [1, 1]


def test_a_submission_tells_its_team_how_sure_its_numbers_are(contest, phase, alice):
    known = compute_intervals(phase).row(contest[0].evaluations.get().pk)
    client = Client()
    client.force_login(alice)
    shown = client.get(contest[0].get_absolute_url()).content.decode()
    assert all(known.metrics[key].text in shown for key in ("mean_iou", "mean_iou_with_background"))
    assert known.rank.description in shown


def test_a_board_with_more_teams_asks_the_database_no_more(contest, phase, compete, person):
    def queries() -> int:
        compute_intervals(phase)
        board_cache.clear()
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert rendered_board(phase, None).rows
        return len(asked)

    before = queries()
    for name in ("Emil", "Fritz", "Gerda"):
        compete(create_team(user=person(name), name=name.lower(), affiliation=""), 0.6)
    assert queries() == before
    assert len(intervals_of(phase).visible) == 6


def test_intervals_share_the_scale_of_their_column():
    ranges = [(0.5, MetricInterval(0.4, 0.6, ("40", "60"))), (0.7, MetricInterval(0.65, 0.8, ("65", "80")))]
    first, second = bars(ranges)
    assert (first.low, first.score, first.high) == (0, 25, 50)
    assert (second.low, second.score, second.high) == (62.5, 75, 100)
    assert bars([(0.5, MetricInterval(0.5, 0.5, ("50", "50")))])[0].score == 0
