"""Curves, classes, pairs and significance by the API: the numbers of the pages, as fractions."""

import json
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from leaderboard.exports.lid2020_paper import TABLES
from leaderboard.intervals.queries import intervals_of
from server.tracks.models import Edition, Phase, ScoringRule, Track
from tests.intervals import compute_intervals

pytestmark = pytest.mark.django_db
RISING = [0.1 + t / 1000 for t in range(256)]


@pytest.fixture
def ask(client, phase):
    """What the API says of a board: `ask("compare", row=[…])`."""
    return lambda name, of=phase, **query: client.get(reverse(f"api:{name}", args=[of.pk]), query)


@pytest.fixture
def maps(open_phase, install_truth):
    truth = install_truth("localization", images=3)
    phase = open_phase("localization", slug="maps")
    phase.rule = truth.rule
    ScoringRule.objects.update(published_at=timezone.now() - timedelta(days=1))
    return phase


def key(submission) -> str:
    return str(submission.evaluations.get().pk)


def test_curves_have_a_value_for_each_threshold_now_and_then(ask, scored, maps, alices, charlies):
    result = {"scores": {"peak_iou": RISING[255], "peak_threshold": 255}, "curve": RISING}
    one, other = (scored(team, None, phase=maps, rule=maps.rule, result=result) for team in (alices, charlies))
    told = ask("curves", maps).json()
    assert (told["axes"]["last_x"], told["axes"]["y"]["unit"], told["as_of"]) == (255, "fraction", None)
    assert [(each["id"], each["rank"], each["team"]) for each in told["curves"]] == [
        (key(one), 1, "alices"),
        (key(other), 1, "charlies"),
    ]
    assert told["curves"][0]["values"] == [round(value, 4) for value in RISING]
    assert (told["curves"][0]["peak_x"], told["curves"][0]["low"]) == (255, None)
    (only,) = ask("curves", maps, row=key(other), bands=1).json()["curves"]
    assert only["team"] == "charlies"
    assert ask("curves", maps, row=key(other), at="2020-01-01").status_code == 400
    finished = timezone.now() - timedelta(minutes=5)
    other.evaluations.update(finished_at=finished)
    before = ask("curves", maps, at=f"{finished - timedelta(minutes=1):%Y-%m-%dT%H:%M:%SZ}").json()
    assert [each["team"] for each in before["curves"]] == ["alices"]
    assert [row["id"] for row in ask("leaderboard", maps).json()["rows"]] == [key(one), key(other)]


def test_a_scorer_without_a_curve_has_no_axes(ask, contest):
    assert ask("curves").json() == {"as_of": None, "axes": None, "curves": []}


def test_bands_are_those_of_the_stored_intervals(ask, compete, maps, alices, charlies):
    made = [compete(team, skill, phase=maps, rule=maps.rule) for team, skill in ((alices, 0.9), (charlies, 0.4))]
    known = compute_intervals(maps)
    for submission, curve in zip(made, ask("curves", maps, bands=1).json()["curves"], strict=True):
        band = known.bands([submission.evaluations.get().pk])[submission.evaluations.get().pk]["iou_curve"]
        if None not in (*band.low, *band.high):
            assert (curve["low"], curve["high"]) == ([*band.low], [*band.high])


def test_classes_are_those_of_the_evaluation_and_only_where_they_are_shown(ask, contest):
    assert ask("classes").json()["rows"] == []
    Phase.objects.update(details=Phase.Details.AT_ONCE)
    Track.objects.update(class_names="1 accordion")
    told = ask("classes").json()
    assert [row["id"] for row in told["rows"]] == [key(contest[0])]
    stored = contest[0].evaluations.get().per_class
    by_label = {one["label"]: one for one in told["classes"]}
    assert by_label[1]["name"] == "accordion"
    for entry in stored:
        value = by_label[entry["label"]]["values"][0]["value"]
        assert value == (None if entry["iou"] is None else round(entry["iou"], 4))
    two = ask("classes", row=[key(contest[0]), key(contest[1])]).json()
    wins = two["wins_and_losses"]
    assert sum(wins[what] for what in ("wins", "ties", "losses", "skipped")) == len(stored) - 1  # the background
    of_one = next(one for one in two["classes"] if one["label"] == 1)
    first, second = (value["value"] for value in of_one["values"])
    assert of_one["difference"] == round(first - second, 4)
    assert ask("classes", row=[key(one) for one in contest]).status_code == 400
    assert ask("classes", row="none").json()["code"] == "invalid_parameter"


def test_pairs_are_those_that_were_computed(ask, contest, phase):
    rows = [key(one) for one in contest]
    assert "not yet" in ask("compare", row=rows).json()["why_no_intervals"]
    compute_intervals(phase)
    told = ask("compare", row=rows[::-1]).json()
    stored = intervals_of(phase).pairs_among([one.evaluations.get().pk for one in contest])
    by_keys = {(str(one), str(other)): pair for (one, other), pair in stored.items()}
    assert len(told["pairs"]) == 3
    for pair in told["pairs"]:
        expected = by_keys[pair["first"], pair["second"]]
        numbers = (expected.difference, expected.low, expected.high, expected.significantly_different)
        assert (pair["difference"], pair["low"], pair["high"], pair["significantly_different"]) == numbers
    significant = {(one["first"], one["second"]) for one in told["pairs"] if one["significantly_different"]}
    ranked = ask("significance").json()
    assert {(row["id"], other) for row in ranked["rows"] for other in row["better_than"]} == significant
    assert {(other, row["id"]) for row in ranked["rows"] for other in row["worse_than"]} == significant
    assert (rows[0], rows[1]) in significant


@pytest.mark.parametrize(("count", "words"), [(0, "at least two"), (1, "at least two"), (6, "no such row")])
def test_what_cannot_be_compared_says_why(ask, contest, count, words):
    rows = ([key(one) for one in contest] + ["a", "b", "c"])[:count]
    answer = ask("compare", row=rows)
    assert (answer.status_code, words in answer.json()["errors"]["row"][0]) == (400, True)


def test_without_intervals_significance_says_why(ask, contest):
    told = ask("significance").json()
    assert (told["rows"], "not yet" in told["reason"]) == ([], True)


def test_the_archive_is_past_editions_and_the_papers_tables(client, phase):
    Edition.objects.create(slug="1999", title="1999", starts_on="1999-01-01", listed_at=timezone.now())
    Edition.objects.create(slug="secret", title="Secret", starts_on="2999-01-01")
    listed = client.get("/api/v1/editions/").json()["results"]
    assert [edition["slug"] for edition in listed][-1] == "1999"
    assert "secret" not in json.dumps(listed)
    assert phase.track.slug in listed[0]["tracks"]
    tables = client.get("/api/v1/archive/lid-2020/").json()
    assert [(table["number"], len(table["rows"])) for table in tables] == [
        (table.number, len(table.rows)) for table in TABLES
    ]
    assert tables[0]["rows"][0]["values"] == [*TABLES[0].rows[0].values]
