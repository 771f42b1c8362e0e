"""The cache of boards: rendered once per version, the same for all readers, and again after every change."""

import gzip
import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from leaderboard import services
from leaderboard.cache.cache import VersionedCache, board_cache
from leaderboard.models import Review
from server.audit.services import record
from server.submissions import entries, transitions
from server.submissions.models import Submission
from server.teams.models import Team
from server.teams.services import rename
from server.tracks.models import Phase
from tests.leaderboard.test_random_histories import History
from tests.showing import show_results

pytestmark = pytest.mark.django_db


@pytest.fixture
def urls(phase):
    return phase.get_absolute_url(), reverse("api:leaderboard", args=[phase.pk])


def many_teams(count: int) -> list[Team]:
    names = [f"team{number}" for number in range(count)]
    return [Team.objects.create(name=name, name_key=name) for name in names]


@pytest.mark.both_setups
@pytest.mark.parametrize("asked", ["", "?at=2999-01-01", "?at=now", "?curves=1"])
def test_the_number_of_queries_does_not_grow_with_the_teams(client, scored, urls, alice, alices, organiser, asked):
    asked = asked.replace("now", f"{timezone.now():%Y-%m-%dT%H:%M:%SZ}")
    client.force_login(alice)
    counts = {}
    teams = many_teams(60)
    for new in (teams[:3], teams[3:]):
        for number, team in enumerate(new):
            submission = scored(team, 0.3 + number / 1000)
            services.review(submission=submission, verdict="verified", reason="because", by=organiser)
            entries.withdraw(scored(team, 0.9))
        board_cache.clear()
        for reader in (Client(), client):
            for url in urls:
                with CaptureQueriesContext(connection) as asking:
                    assert reader.get(url + asked).status_code == 200
                counts.setdefault((url, reader is client), set()).add(len(asking))
    assert {len(found) for found in counts.values()} == {1}, counts


def test_a_kept_board_takes_two_queries(client, scored, alices, urls, django_assert_num_queries):
    scored(alices, 0.5)
    for url in urls:
        client.get(url)
        with django_assert_num_queries(2):
            assert "alices" in client.get(url).content.decode()


def test_an_unchanged_board_is_answered_by_304(client, scored, alices, charlies, urls):
    scored(alices, 0.5)
    for url in urls:
        first = client.get(url)
        again = client.get(url, headers={"If-None-Match": first["ETag"]})
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    scored(charlies, 0.6)
    for url in urls:
        anew = client.get(url, headers={"If-None-Match": first["ETag"]})
        assert anew.status_code == 200
        assert "charlies" in anew.content.decode()


def test_who_takes_gzip_gets_the_same_packed(client, scored, alices, urls):
    scored(alices, 0.5)
    for url in urls:
        plain, packed = client.get(url), client.get(url, headers={"Accept-Encoding": "gzip, br"})
        assert packed["Content-Encoding"] == "gzip"
        assert gzip.decompress(packed.content) == plain.content
        assert plain["ETag"] == packed["ETag"]
        assert {"Accept-Encoding", "Cookie"} <= set(plain["Vary"].replace(" ", "").split(","))


def test_who_is_logged_in_sees_the_own_row_marked_and_nobody_else_does(
    client, alice, charlie, scored, urls, alices
):
    scored(alices, 0.5)
    page = urls[0]
    client.force_login(alice)
    mine, rival = client.get(page), Client()
    rival.force_login(charlie)
    assert mine.content.decode().count("your team") == 1
    assert '<tr id="row-1" class="own' in mine.content.decode()
    assert "ETag" not in mine
    for other in (rival, Client()):
        assert "your team" not in other.get(page).content.decode()


def test_nothing_of_a_pseudonymous_team_is_in_the_page(client, alices, scored, urls, phase):
    scored(alices, 0.5, method="our own")
    entries.take_pseudonym(alices, phase, "owls", timezone.now() + timedelta(days=1))
    for url in urls:
        text = client.get(url).content.decode()
        assert "owls" in text
        for own in ("alices", "University of A", str(alices.pk), alices.pk.hex, "our own"):
            assert own not in text


ACTS = (*("score", "withdraw", "choose", "mask", "review", "publish"), "rename", "retitle", "close")


@pytest.mark.both_setups
@pytest.mark.parametrize("act", ACTS)
def test_whatever_changes_a_board_is_seen_at_the_next_reading(
    client, phase, urls, alice, charlie, dora, organiser, submitted, act
):
    phase.stands_on = Phase.StandsOn.CHOSEN
    phase.save()
    history = History(phase, (alice, charlie, dora), organiser, submitted)
    for who, dice in ((0, 3), (0, 0), (1, 1)):
        history.score(who, dice)
    worse = Submission.objects.order_by("received_at")[1]
    before = [client.get(url).content for url in urls]
    {
        "score": lambda: history.score(1, 3),
        "withdraw": lambda: history.withdraw(1, 0),
        "choose": lambda: entries.choose(worse),
        "mask": lambda: history.mask(0, 0),
        "review": lambda: hide(Submission.objects.earliest("received_at"), organiser),
        "publish": lambda: history.publish(0, 3),
        "rename": lambda: rename(captain=alice, name="alphas", affiliation=""),
        "retitle": lambda: retitle(phase, organiser),
        "close": lambda: Phase.objects.update(closes_at=timezone.now()),
    }[act]()
    after = [client.get(url).content for url in urls]
    assert all(old != new for old, new in zip(before, after, strict=True))


def hide(submission: Submission, organiser) -> None:
    services.review(submission=submission, verdict=Review.Verdict.HIDDEN, reason="because", by=organiser)


def retitle(phase: Phase, organiser) -> None:
    with transaction.atomic():
        Phase.objects.filter(pk=phase.pk).update(title="Renamed")
        record(by=organiser, what="changed a phase", subject=phase)


def test_the_end_of_a_pseudonym_is_seen_without_any_act(client, alices, scored, phase, urls):
    scored(alices, 0.5)
    entries.take_pseudonym(alices, phase, "owls", timezone.now() + timedelta(milliseconds=300))
    assert "owls" in client.get(urls[0]).content.decode()
    threading.Event().wait(0.4)
    assert "alices" in client.get(urls[0]).content.decode()


def test_while_results_are_hidden_a_new_score_leaves_what_is_kept(client, alice, open_phase, submitted, organiser):
    phase = open_phase(slug="hidden", results=Phase.Results.BY_ORGANISER)
    urls = phase.get_absolute_url(), reverse("api:leaderboard", args=[phase.pk])
    tags = [client.get(url)["ETag"] for url in urls]
    submitted(alice, phase=phase)
    scores = {"mean_iou": 0.5, "mean_accuracy": 0.5, "pixel_accuracy": 0.5}
    assert transitions.record_scored(transitions.claim("w"), scores, [])
    assert [client.get(url)["ETag"] for url in urls] == tags
    show_results(phase, by=organiser)
    assert all("alices" in client.get(url).content.decode() for url in urls)


# What is final


def test_a_closed_board_says_what_can_still_change_it_and_leads_to_the_open_one(client, open_phase, phase):
    now = timezone.now()
    closed = open_phase(slug="dated", title="Dated", closes_at=now, opens_at=now - timedelta(days=1))
    Phase.objects.filter(pk=phase.pk).update(closes_at=None)
    page = client.get(closed.get_absolute_url()).content.decode()
    assert "teams can no longer change it" in page
    assert "stays open in" in page
    assert phase.get_absolute_url() in page
    assert "it never changes that of" in client.get(phase.get_absolute_url()).content.decode()


def test_after_the_close_only_the_organisers_change_the_board(client, alice, phase, submitted, organiser):
    late = submitted(alice, phase=phase)
    Phase.objects.filter(pk=phase.pk).update(closes_at=timezone.now())
    phase.refresh_from_db()
    assert "alices" not in client.get(phase.get_absolute_url()).content.decode()
    scores = {"mean_iou": 0.5, "mean_accuracy": 0.5, "pixel_accuracy": 0.5}
    assert transitions.record_scored(
        transitions.claim("w"), scores, []
    )  # submitted in time, scored late: it counts
    assert "alices" in client.get(phase.get_absolute_url()).content.decode()
    late.phase.refresh_from_db()
    for act in (entries.withdraw, entries.choose, entries.restore):
        with pytest.raises(entries.PhaseHasClosed):
            act(late)
    services.review(submission=late, verdict="disqualified", reason="two accounts", by=organiser)
    assert "two accounts" in client.get(phase.get_absolute_url()).content.decode()


def test_the_best_so_far_of_a_hidden_phase_tells_only_of_rows_that_stand(
    client, scored, alices, open_phase, organiser
):
    phase = open_phase(slug="hidden", results=Phase.Results.BY_ORGANISER)
    scored(alices, 0.72, phase=phase)
    scored(alices, 0.84, phase=phase)
    show_results(phase, by=organiser)
    page = client.get(phase.get_absolute_url()).content.decode()
    assert "84.00" in page
    assert "72.00" not in page  # which no second is, of the moments on the page


# The board_cache


def test_one_thread_makes_a_version_and_the_others_meanwhile_get_the_one_before():
    kept, begun, go_on = VersionedCache(2), threading.Event(), threading.Event()
    assert kept.get("board", 1, lambda: "old") == "old"

    def slowly() -> str:
        begun.set()
        assert go_on.wait(5)
        return "new"

    maker = threading.Thread(target=kept.get, args=("board", 2, slowly))
    maker.start()
    assert begun.wait(5)
    assert kept.get("board", 2, pytest.fail) == "old"
    go_on.set()
    maker.join()
    assert kept.get("board", 2, pytest.fail) == "new"


def test_what_could_not_be_made_is_tried_again_and_what_is_old_is_forgotten():
    kept = VersionedCache(1)
    with pytest.raises(ZeroDivisionError):
        kept.get("board", 1, lambda: 1 / 0)
    assert kept.get("board", 1, lambda: "made") == "made"
    assert kept.get("another", 1, lambda: "made") == "made"
    assert kept.get("board", 1, lambda: "anew") == "anew"
