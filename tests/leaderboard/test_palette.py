"""A team has one colour in every table and figure of a board, on whichever page."""

import re

import pytest
from django.urls import reverse

from server.tracks.models import Phase

pytestmark = pytest.mark.django_db

KEY = re.compile(r'class="key series-(\d)[^"]*".*?</svg>\s*(?:<span>)?\s*([\w-]+)', re.DOTALL)
CURVE = re.compile(r'class="series-(\d) dash-\d"\s+data-series="[^"]*"\s+data-label="([\w-]+)"')
BAR = re.compile(r'class="level series-(\d)')


def keys(html: str) -> set[tuple[str, str]]:
    return {(name, colour) for colour, name in KEY.findall(html)}


def curves(html: str) -> set[tuple[str, str]]:
    return {(name, colour) for colour, name in CURVE.findall(html)}


def ask(client, phase: Phase, name: str, rows, **query) -> str:
    wish = {"rows": [str(row.evaluations.get().pk) for row in rows]} if rows else {}
    url = reverse(f"leaderboard:{name}", args=[phase.track.slug, phase.slug])
    return client.get(url, wish | query).content.decode()


def test_comparing_keeps_the_colours_of_the_board(
    compete, open_phase, install_truth, client, alices, charlies, doras
):
    rule = install_truth("localization", images=3).rule
    phase = open_phase("localization", slug="maps")
    _, second, third = (
        compete(team, skill, phase=phase, rule=rule)
        for team, skill in ((doras, 0.3), (charlies, 0.6), (alices, 0.9))
    )
    board = curves(ask(client, phase, "board", []))
    assert board == {("doras", "1"), ("charlies", "2"), ("alices", "3")}  # by their first submission, not by rank
    assert keys(ask(client, phase, "curves", [])) == board
    beside = ask(client, phase, "compare", [third, second])
    assert keys(beside) == curves(beside) == board - {("doras", "1")}


def test_classes_have_the_colours_of_their_teams(contest, client, phase):
    Phase.objects.update(details=Phase.Details.AT_ONCE)
    _, second, third = contest
    expected = {("charlies", "2"), ("doras", "3")}
    beside = ask(client, phase, "compare", [second, third])
    team, against = (str(row.evaluations.get().pk) for row in (second, third))
    page = ask(client, phase, "classes", [], team=team, against=against)
    for html in (beside, page):
        assert keys(html) == expected
        assert set(BAR.findall(html)) == {"2", "3"}
