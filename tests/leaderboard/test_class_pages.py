"""The pages of classes and of comparisons: what they show, to whom, and how they answer invalid queries."""

import csv
import json
import re
from datetime import timedelta
from io import StringIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from leaderboard import services
from server.submissions.models import Entry, Evaluation
from server.teams.models import Team
from server.tracks.models import Phase, ScoringRule, Track
from tests.intervals import compute_intervals

pytestmark = pytest.mark.django_db
LATER = timedelta(days=1)


@pytest.fixture
def here(phase):
    """A phase that shows the results of each class, in a track of few classes."""
    Phase.objects.update(details=Phase.Details.AT_ONCE)
    Track.objects.update(class_names="1 accordion\n2 airplane\n3 =ant\n4 antelope")
    return [phase.track.slug, phase.slug]


@pytest.fixture
def key(here):
    return lambda submission: str(submission.evaluations.get().pk)


@pytest.fixture
def ask(client, here):
    """A page of the board: `ask("compare", rows=[…])`."""
    return lambda name, *more, **query: client.get(reverse(f"leaderboard:{name}", args=[*here, *more]), query)


def text_of(answer) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def shown_labels(answer) -> list[int]:
    rows = re.findall(r'data-label="(\d+)"([^>]*)>', answer.content.decode())
    return [int(label) for label, rest in rows if "hidden" not in rest]


def test_the_page_shows_the_first_team_with_each_class_by_name(contest, ask):
    answer = ask("classes")
    assert answer.status_code == 200
    assert "accordion" in text_of(answer)
    assert "class 6" in text_of(answer)
    assert shown_labels(answer) == list(range(201))
    first = contest[0].evaluations.get().per_class[1]
    assert f"{first['iou'] * 100:.2f}" in text_of(answer)
    assert f"{first['pixels']:,}" in text_of(answer)
    assert "absent from the truth" in text_of(answer)  # only six classes occur


def test_two_teams_are_counted_against_each_other(contest, ask, key):
    answer = ask("classes", team=key(contest[0]), against=key(contest[1]))
    assert "alices wins 6, ties 0, loses 0 against charlies" in text_of(answer)
    assert "194 classes that the truth lacks are left out" in text_of(answer)
    assert "by chance" not in text_of(answer)


def test_intervals_stand_beside_the_values_once_they_are_known(contest, ask, key, phase):
    compute_intervals(phase)
    answer = ask("classes", team=key(contest[0]), against=key(contest[1]))
    assert re.search(r"In [1-6] of the 6 wins and losses the class is significantly different", text_of(answer))
    assert "about 5 of 100 equal classes would look different by chance" in text_of(answer)
    assert re.search(r'<path d="M\d+\.\d\d 1.5V8.5', answer.content.decode())


def test_search_and_order_work_without_script(contest, ask):
    assert shown_labels(ask("classes", q=" ANT ", sort="-label")) == [4, 3]
    assert shown_labels(ask("classes", q="nothing of the kind")) == []
    assert 'aria-sort="descending"' in ask("classes", sort="-iou").content.decode()


def test_a_wrong_wish_is_answered_with_the_list_to_choose_from(contest, ask):
    for query in ({"team": "nonsense"}, {"team": "0" * 32}, {"against": "<b>"}):
        answer = ask("classes", **query)
        assert answer.status_code == 404
        assert "shows no such row" in text_of(answer)
        assert '<select id="team"' in answer.content.decode()
    assert ask("classes", at="yesterday").status_code == 400
    assert ask("classes", sort="scores", q="\0" * 200).status_code == 200


def test_a_track_without_classes_has_no_such_page(client, open_phase, install_truth):
    install_truth("localization", images=3)
    phase = open_phase("localization", slug="maps")
    assert client.get(reverse("leaderboard:classes", args=["localization", phase.slug])).status_code == 404


def test_a_hidden_row_is_not_shown_by_its_key(contest, ask, key, organiser):
    services.review(submission=contest[1], verdict="hidden", reason="because", by=organiser)
    assert ask("classes", team=key(contest[1])).status_code == 404
    assert ask("compare", rows=[key(contest[0]), key(contest[1])]).status_code == 404


@pytest.mark.parametrize(
    ("details", "closed", "words"),
    [
        ("after_close", False, "appear when the phase has closed, on"),
        ("after_close", True, None),
        ("never", False, "for the organisers only"),
        ("never", True, "for the organisers only"),
        ("at_once", False, None),
    ],
)
def test_classes_are_told_when_the_phase_says_so(contest, ask, key, details, closed, words):
    closes = timezone.now() + (-timedelta(seconds=1) if closed else LATER)
    Phase.objects.update(details=details, closes_at=closes)
    page, file = ask("classes"), ask("classes_export", "json")
    beside = ask("compare", rows=[key(contest[0]), key(contest[1])])
    assert page.status_code == beside.status_code == 200
    assert file.status_code == (404 if words else 200)
    for answer in (page, beside):
        assert ("accordion" in text_of(answer)) == (words is None)
        if words:
            assert words in text_of(answer)


def test_a_phase_without_an_end_shows_no_classes_after_its_close(contest, ask):
    Phase.objects.update(details="after_close", closes_at=None)
    assert "this one has no end" in text_of(ask("classes"))


def test_organisers_see_the_classes_before_and_their_files_do_not(contest, ask, client, organiser):
    Phase.objects.update(details="never")
    client.force_login(organiser)
    assert "Only organisers see this page now" in text_of(ask("classes"))
    assert "accordion" in text_of(ask("classes"))
    assert ask("classes_export", "csv").status_code == 404


def test_hidden_results_hide_their_classes_too(contest, ask, key):
    Phase.objects.update(details="at_once", results="by_organiser")
    assert "The results are not shown yet" in text_of(ask("classes"))
    answer = ask("compare", rows=[key(contest[0]), key(contest[1])])
    assert "The results are not shown yet" in text_of(answer)
    assert "alices" not in text_of(answer)


def test_a_file_has_what_the_page_shows_in_its_order(contest, ask, key):
    query = {"team": key(contest[0]), "against": key(contest[1]), "q": "a", "sort": "-name"}
    said = json.loads(ask("classes_export", "json", **query).content)
    labels = [each["label"] for each in said["classes"]]
    assert labels == shown_labels(ask("classes", **query))
    assert [team["team"] for team in said["teams"]] == ["alices", "charlies"]
    lines = list(csv.DictReader(StringIO(ask("classes_export", "csv", **query).content.decode())))
    assert [int(line["Label"]) for line in lines] == labels
    by_label = {each["label"]: each for each in said["classes"]}
    for line in lines:
        each = by_label[int(line["Label"])]
        assert line["alices IoU (%)"] == (
            "" if each["values"][0]["iou"] is None else f"{each['values'][0]['iou']:.2f}"
        )
        assert line["In the truth"] == ("yes" if each["in_truth"] else "no")


def test_no_cell_of_a_file_is_a_formula(contest, ask, here):
    Team.objects.filter(name="alices").update(name="=1+1")
    file = ask("classes_export", "csv").content.decode()
    assert "'=ant" in file
    assert "'=1+1 IoU (%)" in file
    assert not re.search(r"(^|,)\"?=", file, re.MULTILINE)


def test_rows_are_compared_pair_by_pair_in_the_order_of_the_board(contest, ask, key, phase):
    compute_intervals(phase)
    answer = ask("compare", rows=[key(one) for one in reversed(contest)])
    assert answer.status_code == 200
    assert re.search(r"<h1>alices, \w+ and \w+</h1>", answer.content.decode())
    text = text_of(answer)
    assert "alices beside charlies : +" in text
    assert "Significantly different among all pairs of this board." in text
    assert text.count("95 % interval") == 3
    assert "accordion" in text


def test_without_intervals_a_pair_says_so(contest, ask, key):
    text = text_of(ask("compare", rows=[key(contest[0]), key(contest[1])]))
    assert "No intervals are computed here, or not yet." in text


@pytest.mark.parametrize(
    ("chosen", "status", "words"),
    [
        ([0], 400, "at least two rows"),
        ([0, 0], 400, "at least two rows"),
        ([], 200, "Choose 2 to 5 rows"),
        ([0, "nonsense"], 404, "shows no such row"),
        ([0, "0" * 32], 404, "shows no such row"),
        ([0, 1, 2, 3, 4, 5], 400, "at most 5 rows"),
    ],
)
def test_a_wrong_choice_leads_to_the_picker(scored, ask, key, chosen, status, words):
    teams = [Team.objects.create(name=f"team{n}", name_key=f"team{n}") for n in range(6)]
    keys = [key(scored(team, 0.5 - n / 100)) for n, team in enumerate(teams)]
    answer = ask("compare", rows=[keys[one] if isinstance(one, int) else one for one in chosen])
    assert answer.status_code == status
    assert words in text_of(answer)
    assert answer.content.decode().count('type="checkbox"') == 6
    assert '<details class="pick" open>' in answer.content.decode()


def test_curves_are_overlaid_where_a_track_has_them(compete, open_phase, install_truth, client, alices, charlies):
    rule = install_truth("localization", images=3).rule
    phase = open_phase("localization", slug="maps")
    both = [compete(team, 0.6, phase=phase, rule=rule) for team in (alices, charlies)]
    compute_intervals(phase)
    url = reverse("leaderboard:compare", args=["localization", phase.slug])
    page = client.get(url, {"rows": [str(one.evaluations.get().pk) for one in both]}).content.decode()
    assert page.count('<polyline class="curve"') == 2
    assert "what counts is the interval" in page


def test_a_pseudonym_hides_method_and_size_here_too(contest, ask, key, phase):
    Evaluation.objects.get(pk=key(contest[0])).submission.__class__.objects.update(
        method="CAM-X", parameters=25_600_000
    )
    rows = [key(contest[0]), key(contest[1])]
    assert text_of(ask("compare", rows=rows)).count("25,600,000") == 2
    Entry.objects.update_or_create(
        team=contest[0].team,
        phase=phase,
        defaults={"pseudonym": "Masked", "pseudonym_until": timezone.now() + LATER},
    )
    text = text_of(ask("compare", rows=rows))
    assert "Masked and charlies" in text
    assert (
        text.count("25,600,000"),
        text.count("CAM-X"),
        text.count("alices"),
        text.count("University of A"),
    ) == (1, 1, 0, 0)
    text = text_of(ask("classes", team=rows[0], against=rows[1]))
    assert "Masked wins" in text
    assert "alices" not in text


def test_links_and_forms_keep_the_past_time(contest, ask, key, organiser):
    then = timezone.now()
    Evaluation.objects.update(finished_at=then - LATER)
    ScoringRule.objects.update(published_at=then - LATER)
    at = f"{then - timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"
    answer = ask("compare", rows=[key(contest[0]), key(contest[1])], at=at)
    assert answer.status_code == 200
    assert "The rows of the board as of" in text_of(answer)
    assert 'type="hidden" name="at"' in answer.content.decode()
    assert f"at={at.replace(':', '%3A')}" in ask("classes", at=at).content.decode()
    before = ask("compare", rows=[key(contest[0]), key(contest[1])], at="2019-01-01")
    assert "There is nothing to compare." in text_of(before)


@pytest.mark.both_setups
def test_the_number_of_queries_does_not_grow_with_teams_or_rows(contest, compete, ask, key, phase):
    compute_intervals(phase)
    counts = {}
    keys = [key(one) for one in contest]
    for chosen in (keys[:2], keys):
        for name, query in (("compare", {"rows": chosen}), ("classes", {"team": chosen[0], "against": chosen[1]})):
            with CaptureQueriesContext(connection) as asking:
                assert ask(name, **query).status_code == 200
            counts.setdefault(name, []).append(len(asking))
        for number in range(5):
            name = f"team{number}{len(chosen)}"
            compete(Team.objects.create(name=name, name_key=name), 0.3)
        compute_intervals(phase)
    assert all(few >= many for few, many in counts.values()), counts


@pytest.mark.parametrize(("in_mean", "said"), [(False, 2), (True, 0)])
def test_the_pages_say_that_background_is_not_in_the_mean_where_it_is_not(contest, ask, key, in_mean, said):
    rule = ScoringRule.objects.get()
    ScoringRule.objects.update(options=rule.options | {"background_in_mean": in_mean})
    text = text_of(ask("classes"))
    assert (
        text.count("Background is no class and does not count in the mean.") + text.count("not in the mean")
        == said
    )
    compared = text_of(ask("compare", rows=[key(submission) for submission in contest[:2]]))
    assert compared.count("not in the mean") == said // 2
