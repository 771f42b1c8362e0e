"""Boards as of a past time: computed from what was recorded then, without what is hidden now."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone

from leaderboard import services
from leaderboard.ranking.standings import standings
from server.audit.services import record
from server.submissions import entries
from server.submissions.models import EntryVersion, Evaluation
from server.time_format import InvalidTime, parse_time
from server.tracks.models import Phase, ScoringRule
from tests.showing import show_results

pytestmark = pytest.mark.django_db
A_MOMENT = timedelta(milliseconds=3)


@pytest.fixture(autouse=True)
def published_long_ago(truth):
    """Before the fixture's submissions were scored."""
    ScoringRule.objects.update(published_at=timezone.now() - timedelta(days=1))


@pytest.fixture
def then():
    """A moment between what was done before and what is done after."""

    def pick() -> datetime:
        time.sleep(0.003)
        at = timezone.now()
        time.sleep(0.003)
        return at

    return pick


def stands(phase, at=None):
    return [(row.rank, row.name, row.values[0][1]) for row in standings(phase, at=at)]


def test_what_was_scored_later_is_not_there_yet(scored, alices, charlies, phase):
    first = scored(alices, 0.4)
    second = scored(charlies, 0.5)
    at = second.evaluations.get().finished_at
    assert stands(phase, at - A_MOMENT) == [(1, "alices", "40.00")]
    assert stands(phase, at) == stands(phase) == [(1, "charlies", "50.00"), (2, "alices", "40.00")]
    assert stands(phase, first.received_at - A_MOMENT) == []


@pytest.mark.parametrize("verdict", ["disqualified", "baseline"])
def test_a_review_counts_from_when_it_was_said_until_it_was_taken_back(
    scored, alices, phase, organiser, then, verdict
):
    best = scored(alices, 0.5)
    before = then()
    said = services.review(submission=best, verdict=verdict, reason="because", by=organiser)
    during = then()
    services.undo_review(said, by=organiser, reason="because")
    assert [stands(phase, at)[0][0] for at in (before, during, None)] == [1, None, 1]
    (row,) = standings(phase, at=during)
    assert [mark.reason for mark in row.marks] == ["because"]


def test_what_the_organisers_hide_now_is_in_no_past_and_leaves_its_rank_empty(
    scored, alices, charlies, phase, organiser, then
):
    best = scored(alices, 0.5)
    scored(alices, 0.3)
    scored(charlies, 0.4)
    at = then()
    hidden = services.review(submission=best, verdict="hidden", reason="a person's name", by=organiser)
    assert stands(phase, at) == [(2, "charlies", "40.00")]
    services.undo_review(hidden, by=organiser, reason="because")
    assert stands(phase, at) == [(1, "alices", "50.00"), (2, "charlies", "40.00")]


def test_choices_and_withdrawals_are_as_they_were(scored, alices, phase, then):
    phase.stands_on = Phase.StandsOn.CHOSEN
    phase.save()
    best, worse = scored(alices, 0.5), scored(alices, 0.4)
    moments = [then()]
    for act in (
        lambda: entries.choose(worse),
        lambda: entries.withdraw(worse),
        lambda: entries.withdraw(best),
        lambda: entries.restore(worse),
        lambda: entries.restore(best),
        lambda: entries.choose(worse),
        lambda: entries.use_best(alices, phase),
    ):
        act()
        moments.append(then())
    shown = ["".join(row[2] for row in stands(phase, at)) for at in moments]
    assert shown == ["50.00", "40.00", "50.00", "", "40.00", "50.00", "40.00", "50.00"]


def test_a_pseudonym_of_now_hides_the_team_in_all_the_past(scored, alices, phase, then):
    scored(alices, 0.5)
    before = then()
    entries.take_pseudonym(alices, phase, "owls", timezone.now() + timedelta(days=1))
    (row,) = standings(phase, at=before)
    assert (row.name, row.affiliation, row.pseudonymous) == ("owls", "", True)


def test_a_pseudonym_that_was_ended_still_stands_in_its_time(scored, alices, phase, then):
    scored(alices, 0.5)
    entries.take_pseudonym(alices, phase, "owls", timezone.now() + timedelta(days=1))
    masked = then()
    entries.take_pseudonym(alices, phase, "", None)
    between = then()
    assert [stands(phase, at)[0][1] for at in (masked, between, None)] == ["owls", "alices", "alices"]
    entries.take_pseudonym(alices, phase, "bats", timezone.now() + timedelta(days=1))
    assert [stands(phase, at)[0][1] for at in (masked, between, None)] == ["bats", "bats", "bats"]


def test_a_moment_before_the_results_were_shown_shows_nothing(scored, alices, open_phase, organiser, then):
    phase = open_phase(slug="hidden", results=Phase.Results.BY_ORGANISER)
    scored(alices, 0.5, phase=phase)
    at = then()
    show_results(phase, by=organiser)
    phase.refresh_from_db()
    assert stands(phase) == [(1, "alices", "50.00")]
    assert stands(phase, at) == []
    assert [row.rank for row in standings(phase, at=at, include_hidden=True)] == [1]


def test_results_that_are_hidden_again_are_hidden_in_the_past_too(scored, alices, phase, organiser, then):
    scored(alices, 0.5)
    at = then()
    assert stands(phase, at)
    phase.results = Phase.Results.BY_ORGANISER
    phase.save()
    with transaction.atomic():
        record(by=organiser, what="x", subject=phase, changes={"results": ["at_once", "by_organiser"]})
    assert stands(phase, at) == []


def test_a_setting_that_organisers_changed_since_counts_as_it_was(scored, alices, phase, organiser, then):
    scored(alices, 0.5)
    worse = scored(alices, 0.4)
    phase.stands_on = Phase.StandsOn.CHOSEN
    phase.save()
    entries.choose(worse)
    at = then()
    phase.stands_on = Phase.StandsOn.BEST
    phase.save()
    with transaction.atomic():
        record(by=organiser, what="changed a phase", subject=phase, changes={"stands_on": ["chosen", "best"]})
    assert [stands(phase, moment)[0][2] for moment in (at, None)] == ["40.00", "50.00"]


def test_the_rule_that_was_published_then_gives_the_numbers(scored, alices, phase, truth, then):
    submission, old = scored(alices, 0.5), truth.rule
    at = then()
    same = {name: getattr(old, name) for name in ("track", "split", "ground_truth", "scorer", "scorer_version")}
    new = ScoringRule.objects.create(**same, number=2)
    facts = {"state": "scored", "scores": {"mean_iou": 0.2}, "finished_at": at}
    Evaluation.objects.create(submission=submission, rule=new, **facts)
    ScoringRule.objects.filter(pk=old.pk).update(state="retired")
    ScoringRule.objects.filter(pk=new.pk).update(state="published", published_at=timezone.now())
    assert [stands(phase, moment)[0][2] for moment in (at, None)] == ["50.00", "20.00"]


# Page and API


@pytest.fixture
def urls(phase):
    return phase.get_absolute_url(), reverse("api:leaderboard", args=[phase.pk])


def test_page_and_api_show_the_board_of_a_moment(client, scored, alices, charlies, urls):
    scored(alices, 0.4)
    later = scored(charlies, 0.5)
    page, api = urls
    finished = timezone.now() - timedelta(minutes=5)
    later.evaluations.update(finished_at=finished)
    asked = {"at": f"{finished - timedelta(minutes=1):%Y-%m-%dT%H:%M:%SZ}"}
    text = client.get(page, asked).content.decode()
    assert "As of" in text
    assert "Back to now" in text
    assert "40.00" in text
    assert "charlies" not in text
    answer = client.get(api, asked).json()
    assert answer["as_of"] == asked["at"]
    assert [(row["rank"], row["team"]["name"]) for row in answer["rows"]] == [(1, "alices")]
    assert client.get(api).json()["as_of"] is None


@pytest.mark.parametrize(
    "text",
    ["yesterday", "2026-13-01", "2026-06-31T00:00", "0001-01-01T00:00+14:00", "\x00", "2026-06-08T23:59:59 02:00"],
)
def test_what_is_no_moment_is_refused_in_words(client, urls, text):
    page, api = urls
    answer = client.get(page, {"at": text})
    assert answer.status_code == 400
    assert "is not a time" in answer.content.decode()
    refused = client.get(api, {"at": text})
    assert refused.status_code == 400
    assert "is not a time" in refused.json()["errors"]["at"][0]


@pytest.mark.parametrize("at", ["2999-01-01T00:00:00Z", ""])
def test_the_future_and_nothing_are_now(client, scored, alices, urls, at):
    scored(alices, 0.4)
    page, api = urls
    assert client.get(page, {"at": at}).content == client.get(page).content
    assert client.get(api, {"at": at}).json()["as_of"] is None


def test_a_moment_without_a_zone_is_utc_and_has_whole_seconds():
    assert parse_time("2026-06-08T23:59") == datetime(2026, 6, 8, 23, 59, tzinfo=UTC)
    assert parse_time(" 2026-06-08T23:59:59.9Z ") == datetime(2026, 6, 8, 23, 59, 59, tzinfo=UTC)
    assert parse_time("2026-06-09T01:59:59+02:00") == datetime(2026, 6, 8, 23, 59, 59, tzinfo=UTC)
    with pytest.raises(InvalidTime):
        parse_time("soon")


# The history itself


@pytest.mark.both_setups
def test_the_history_of_entries_is_only_added_to(scored, alices, phase):
    entries.withdraw(scored(alices, 0.5))
    row = EntryVersion.objects.get()
    for change in (
        lambda: EntryVersion.objects.update(since=timezone.now()),
        lambda: EntryVersion.objects.all().delete(),
        row.save,
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    assert EntryVersion.objects.get().withdrawn == [str(phase.submissions.get().pk)]


def test_a_wish_that_is_refused_leaves_no_history(scored, alices, phase):
    submission = scored(alices, 0.5)
    with pytest.raises(entries.BestSubmissionCounts):
        entries.choose(submission)
    assert not EntryVersion.objects.exists()
