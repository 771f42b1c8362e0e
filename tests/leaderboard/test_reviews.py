"""The leaderboard admin: organisers review rows and undo reviews; nobody else can."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from leaderboard.models import Review
from leaderboard.ranking.standings import standings
from server.post_only import NOTHING_CHANGED
from server.submissions import entries
from server.tracks.models import Phase

pytestmark = pytest.mark.django_db


@pytest.fixture
def row(scored, alices):
    return scored(alices, 0.5)


@pytest.fixture
def review_url(row, phase):
    return reverse("admin:leaderboard_review", args=[phase.pk, row.pk])


@pytest.fixture
def board_url(phase):
    return reverse("admin:leaderboard_board_change", args=[phase.pk])


@pytest.fixture
def reviewed(client, organiser, review_url):
    client.force_login(organiser)
    client.post(review_url, {"verdict": "disqualified", "reason": "Trained on the test split."})
    return Review.objects.get()


def undo_url(review):
    return reverse("admin:leaderboard_undo_review", args=[review.submission.phase_id, review.pk])


def test_an_organiser_disqualifies_a_row_with_the_reason(client, organiser, review_url, row):
    client.force_login(organiser)
    form = {"verdict": "disqualified", "reason": "  Trained on the test split. "}
    answer = client.post(review_url, form)
    board = reverse("admin:leaderboard_board_change", args=[row.phase_id])
    assert (answer.status_code, answer.headers["Location"]) == (302, board)
    review = Review.objects.get()
    assert (review.submission, review.verdict, review.by) == (row, "disqualified", organiser)
    assert review.reason == "Trained on the test split."
    assert [standing.rank for standing in standings(row.phase)] == [None]


def test_an_organiser_undoes_a_review_and_the_record_stays(client, reviewed, organiser, phase):
    client.post(undo_url(reviewed))
    reviewed.refresh_from_db()
    assert reviewed.undone_by == organiser
    assert reviewed.undone_at is not None
    assert [standing.rank for standing in standings(phase)] == [1]


def test_a_get_undoes_nothing_and_leads_to_the_board(client, reviewed, board_url):
    answer = client.get(undo_url(reviewed), follow=True)
    assert answer.redirect_chain == [(board_url, 302)]
    assert NOTHING_CHANGED in answer.content.decode()
    reviewed.refresh_from_db()
    assert reviewed.undone_at is None


@pytest.mark.parametrize("form", [{"reason": ""}, {"reason": "   "}, {"verdict": "beloved"}])
def test_an_incomplete_review_is_not_written(client, organiser, review_url, form):
    client.force_login(organiser)
    answer = client.post(review_url, {"verdict": "hidden", "reason": "because"} | form)
    assert answer.status_code == 200
    assert not Review.objects.exists()


def test_a_review_that_stands_already_is_refused_in_words(client, reviewed, review_url):
    answer = client.post(review_url, {"verdict": "disqualified", "reason": "again"})
    assert "already disqualified" in answer.content.decode()
    assert Review.objects.count() == 1


@pytest.mark.parametrize("who", ["alice", "charlie", "dora"])
def test_who_is_no_organiser_neither_reviews_nor_undoes(client, reviewed, review_url, request, who):
    client.force_login(request.getfixturevalue(who))
    for url in (review_url, undo_url(reviewed)):
        answer = client.post(url, {"verdict": "hidden", "reason": "because"})
        assert answer.status_code == 302
        assert "/login/" in answer.headers["Location"]
    assert Review.objects.count() == 1
    reviewed.refresh_from_db()
    assert reviewed.undone_at is None


def test_a_submission_is_reviewed_on_its_own_board_only(client, organiser, open_phase, row):
    other = open_phase(slug="other")
    client.force_login(organiser)
    url = reverse("admin:leaderboard_review", args=[other.pk, row.pk])
    assert client.post(url, {"verdict": "hidden", "reason": "because"}).status_code == 404
    assert not Review.objects.exists()


def test_the_board_shows_organisers_hidden_rows_and_the_record(client, reviewed, scored, charlies, board_url):
    scored(charlies, 0.25)
    page = client.get(board_url).content.decode()
    assert "Trained on the test split." in page
    assert "50.00" in page
    assert "25.00" in page


def test_the_board_tells_organisers_what_the_team_formes(client, organiser, scored, alices, phase, board_url):
    phase.stands_on, phase.results = Phase.StandsOn.CHOSEN, Phase.Results.BY_ORGANISER
    phase.save()
    scored(alices, 0.9)
    worse, gone = scored(alices, 0.4), scored(alices, 0.3)
    entries.choose(worse)
    entries.withdraw(gone)
    entries.take_pseudonym(alices, phase, "owls", timezone.now() + timedelta(days=1))
    client.force_login(organiser)
    page = client.get(board_url).content.decode()
    assert "now only organisers see them" in page
    assert page.count("chosen by the team") == 1
    assert page.count("withdrawn by the team") == 1
    assert page.count("shown as “owls”") == 3


def test_reviews_are_never_changed_or_deleted_by_the_admin(client, reviewed):
    for action in ("change", "delete"):
        url = reverse(f"admin:leaderboard_review_{action}", args=[reviewed.pk])
        assert client.post(url, {"post": "yes", "reason": "other"}).status_code == 403
    assert Review.objects.get().reason == "Trained on the test split."
