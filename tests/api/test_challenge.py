"""What anyone may read: tracks, phases, manifests and leaderboards."""

from datetime import timedelta

import pytest
from acting import SCORES, score_next
from django.utils import timezone

from leaderboard.models import Review
from leaderboard.services import review
from server.submissions.models import Submission
from server.tracks.models import ScoringRule


def board(client, phase, query=""):
    return client.get(f"/api/v1/phases/{phase.pk}/leaderboard/{query}").json()


def test_a_track_says_all_that_a_program_needs(visitor, phase):
    track = visitor.get("/api/v1/tracks/localization/").json()
    assert track["parameter_limit"] == 150_000_000
    assert track["rules"] == ["No boxes."]
    assert track["rules_enforced"] == [{"rule": "No boxes.", "enforced": "By word."}]
    headline = {
        "key": "peak_iou",
        "title": "Peak-IoU",
        "unit": "fraction",
        "decimals": 2,
        "higher_is_better": True,
    }
    assert track["columns"][0] == headline
    assert track["submit"]["url"] == "http://testserver/api/v1/submissions/"
    assert [row["id"] for row in track["phases"]] == [phase.pk]


def test_a_phase_says_when_how_often_and_where(visitor, phase):
    shown = visitor.get(f"/api/v1/phases/{phase.pk}/").json()
    assert (shown["status"], shown["ready"], shown["split"]) == ("open", True, "test")
    assert shown["quota"] == {"limit": 2, "per": "phase"}
    assert shown["manifest"] == f"{shown['url']}manifest/"
    assert visitor.get(shown["leaderboard"]).status_code == 200
    assert shown["sample"].endswith("/splits/localization/test/sample.zip")


@pytest.mark.both_setups
@pytest.mark.parametrize("path", ["tracks", "phases"])
def test_lists_come_in_pages(visitor, phase, path):
    page = visitor.get(f"/api/v1/{path}/").json()
    assert (page["count"], len(page["results"]), page["next"]) == (1, 1, None)


def test_the_manifest_is_the_public_facts(visitor, phase):
    answer = visitor.get(f"/api/v1/phases/{phase.pk}/manifest/")
    assert answer["Content-Type"] == "application/json"
    assert b'"max_pixels": 81' in b"".join(answer.streaming_content)


def test_the_manifest_of_a_phase_that_cannot_score_is_a_problem(visitor, phase):
    ScoringRule.objects.update(state=ScoringRule.State.DRAFT)
    answer = visitor.get(f"/api/v1/phases/{phase.pk}/manifest/")
    assert answer.status_code == 404
    assert "not installed" in answer.json()["detail"]


@pytest.mark.both_setups
def test_a_leaderboard_shows_printed_numbers_and_no_more(visitor, alice, phase):
    alice.submit(phase, method="ResNet-50")
    score_next()
    shown = board(visitor, phase)
    (row,) = shown["rows"]
    assert row["scores"] == {"peak_iou": 0.6308, "peak_threshold": 24}
    assert row["team"] == {"name": "alices", "affiliation": "Alice & Co"}
    assert (row["rank"], row["method"], row["marks"], row["curve"]) == (1, "ResNet-50", [], None)
    assert "." not in row["received_at"]
    assert (shown["rule"], shown["phase"]["id"]) == (1, phase.pk)


def test_a_curve_comes_where_it_is_asked_for(visitor, alice, phase):
    alice.submit(phase)
    score_next()
    (row,) = board(visitor, phase, "?curves=1")["rows"]
    assert len(row["curve"]) == 256
    assert row["curve"][24] == row["scores"]["peak_iou"] == 0.6308


def test_a_score_is_rounded_as_it_is_printed(visitor, alice, phase):
    alice.submit(phase)
    score_next(SCORES | {"peak_iou": 0.00125})
    assert board(visitor, phase)["rows"][0]["scores"]["peak_iou"] == float(f"{0.00125 * 100:.2f}") / 100


def test_equal_printed_headlines_share_a_rank(visitor, alice, rivals, phase):
    alice.submit(phase)
    score_next()
    rivals.submit(phase)
    score_next(SCORES | {"peak_iou": 0.630751})
    assert [(row["rank"], row["team"]["name"]) for row in board(visitor, phase)["rows"]] == [
        (1, "alices"),
        (1, "rivals"),
    ]


@pytest.mark.parametrize("verdict", ["disqualified", "under_review"])
def test_a_mark_tells_its_reason_where_the_row_is_struck(visitor, alice, organiser, phase, verdict):
    alice.submit(phase)
    score_next()
    review(submission=Submission.objects.get(), verdict=verdict, reason="Used boxes.", by=organiser.user)
    (row,) = board(visitor, phase)["rows"]
    struck = verdict == Review.Verdict.DISQUALIFIED
    assert row["marks"] == [{"verdict": verdict, "reason": "Used boxes." if struck else ""}]
    assert (row["rank"] is None) == struck


@pytest.mark.both_setups
@pytest.mark.parametrize(
    "path", ["tracks/none/", "phases/0/", f"phases/{10**20}/", "phases/0/leaderboard/", "phases/0/manifest/"]
)
def test_what_does_not_exist_is_a_problem(visitor, phase, path):
    answer = visitor.get(f"/api/v1/{path}")
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"


def test_an_upcoming_phase_says_so(visitor, phase):
    phase.opens_at = timezone.now() + timedelta(hours=1)
    phase.save()
    assert visitor.get(f"/api/v1/phases/{phase.pk}/").json()["status"] == "upcoming"
