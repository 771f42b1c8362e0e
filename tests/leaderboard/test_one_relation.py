"""Every statement of a board on who differs from whom, against the one relation that the evaluator answered."""

import csv
import json
import re
import subprocess
import sys
from html import unescape
from io import StringIO
from itertools import permutations

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from leaderboard.intervals.queries import intervals_of
from leaderboard.ranking.standings import standings
from server.submissions.models import Evaluation
from server.teams.services import create_team
from tests.intervals import compute_intervals

pytestmark = pytest.mark.django_db
SKILLS = {"emil": 0.9, "fritz": 0.55, "gerda": 0.54, "hugo": 0.5, "ida": 0.3, "jan": 0.2}


@pytest.fixture
def board(compete, person, phase):
    """A board of teams that are far apart, near to each other, and one that submitted the file of another."""
    for seed, (name, skill) in enumerate(SKILLS.items()):
        compete(create_team(user=person(name.title()), name=name, affiliation=""), skill, seed=seed, images=60)
    compete(create_team(user=person("Kurt"), name="kurt", affiliation=""), SKILLS["jan"], seed=5, images=60)
    compute_intervals(phase)
    return phase


def evaluated() -> dict:
    """What the command line says of the same files, by the names of teams."""
    files = [f"{one.submission.team.name}={one.statistics_path}" for one in Evaluation.objects.all()]
    command = [sys.executable, "-m", "evaluator", "uncertainty", *files, "--json"]
    done = subprocess.run(command, cwd=settings.BASE_DIR, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def text_of(answer) -> str:
    assert answer.status_code == 200
    return unescape(" ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split()))


def test_no_statement_of_a_board_contradicts_the_relation(board):
    answer = evaluated()
    apart = {(pair["team"], pair["other"]): pair["significantly_different"] for pair in answer["pairs"]}
    apart |= {(other, team): different for (team, other), different in apart.items()}
    assert {*apart.values()} == {True, False}
    places = {team["name"]: team["place"] for team in answer["teams"]}
    check_counts_of_the_relation(apart, places)
    check_rows(board, places)
    check_api(board, places)
    check_csv(board, places)
    check_pairs(board, apart)
    check_compare_page(board, apart)


def check_counts_of_the_relation(apart: dict, places: dict) -> None:
    for team, place in places.items():
        better = [other for other in places if other != team and apart[team, other]]
        above = sum(places[other]["rank"] < place["rank"] for other in better)
        assert (place["rank_low"], place["rank_high"]) == (1 + above, len(places) - (len(better) - above))
        alike = {places[other]["rank"] for other in places if other != team and not apart[team, other]}
        assert {*place["indistinct"]} == alike


def check_rows(board, places: dict) -> None:
    rows = standings(board)
    intervals = intervals_of(board, rows)
    for row in rows:
        place, rank = places[row.name], intervals.row(row.evaluation.pk).rank
        assert (row.rank, rank.low, rank.high) == (place["rank"], place["rank_low"], place["rank_high"])
        assert [*rank.indistinct] == place["indistinct"]
        assert rank.description.capitalize() in text_of(Client().get(board.get_absolute_url()))
    best = {row.name for row in intervals.may_be_best(rows)}
    assert best == {name for name, place in places.items() if place["may_be_best"]}


def check_api(board, places: dict) -> None:
    answer = Client().get(reverse("api:leaderboard", args=[board.pk])).json()
    assert (answer["withheld"], answer["warnings"], answer["method"]["images"]) == ("", [], 60)
    assert answer["method"]["name"] == "delete-one jackknife, max-t"
    for row in answer["rows"]:
        place = places[row["team"]["name"]]
        assert {key: row[key] for key in ("rank", "rank_low", "rank_high", "may_be_best")} == {
            key: place[key] for key in ("rank", "rank_low", "rank_high", "may_be_best")
        }


def check_csv(board, places: dict) -> None:
    url = reverse("leaderboard:board_export", args=[board.track.slug, board.slug, "csv"])
    head, *lines = csv.reader(StringIO(Client().get(url).content.decode()))
    for line in lines:
        row = dict(zip(head, line, strict=True))
        place = places[row["Team"]]
        assert (row["Rank, low"], row["Rank, high"]) == (str(place["rank_low"]), str(place["rank_high"]))


def check_pairs(board, apart: dict) -> None:
    names = {row.evaluation.pk: row.name for row in standings(board)}
    found = intervals_of(board).pairs_among(names)
    assert {
        (names[one], names[other]): pair.significantly_different for (one, other), pair in found.items()
    } == apart
    for (one, other), pair in found.items():
        if pair.significantly_different:
            assert pair.low > 0 or pair.high < 0
            assert pair.difference == -found[other, one].difference


def check_compare_page(board, apart: dict) -> None:
    keys = {row.name: str(row.evaluation.pk) for row in standings(board)}
    url = reverse("leaderboard:compare", args=[board.track.slug, board.slug])
    for one, other in permutations(keys, 2):
        text = text_of(Client().get(url, {"rows": [keys[one], keys[other]]}))
        says_so = " Significantly different among all pairs of this board." in text
        assert says_so == apart[one, other], (one, other)
        assert ("Not significantly different" in text) != says_so


def test_after_a_change_no_page_speaks_of_pairs_or_ranks_until_they_are_computed(board, compete, person):
    keys = [row.evaluation.pk for row in standings(board)]
    compete(create_team(user=person("Lena"), name="lena", affiliation=""), 0.95, seed=9, images=60)
    intervals = intervals_of(board)
    assert intervals.pairs_among(keys) == {}
    assert intervals.may_be_best(standings(board)) == []
    url = reverse("leaderboard:compare", args=[board.track.slug, board.slug])
    assert "are being computed, because the leaderboard has changed" in text_of(
        Client().get(url, {"rows": [*map(str, keys[:2])]})
    )


def test_a_split_of_few_images_says_why_nothing_is_said_of_ranks(compete, alices, charlies, phase):
    for team, skill in ((alices, 0.9), (charlies, 0.2)):
        compete(team, skill, images=20)
    intervals = compute_intervals(phase)
    assert "fewer than 30 images" in intervals.withheld
    rows = standings(phase)
    assert [intervals.row(row.evaluation.pk).rank for row in rows] == [None, None]
    assert intervals.may_be_best(rows) == []
    url = reverse("leaderboard:compare", args=[phase.track.slug, phase.slug])
    text = text_of(Client().get(url, {"rows": [str(row.evaluation.pk) for row in rows]}))
    assert intervals.withheld in text
    assert "ignificantly different" not in text
    answer = Client().get(reverse("api:leaderboard", args=[phase.pk])).json()
    assert answer["withheld"] == intervals.withheld
    assert [row["rank_low"] for row in answer["rows"]] == [None, None]
