"""A board's table by the query of its URL: sort order, search and columns, without a script."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from leaderboard import services
from leaderboard.cache.cache import board_cache
from leaderboard.table.rows import folded
from server.submissions import entries
from server.submissions.models import Evaluation
from server.teams.models import Team
from server.tracks.models import Phase, ScoringRule

pytestmark = pytest.mark.django_db

# team name, affiliation, headline, mean accuracy, parameters; in the order of the rank, but the owls have none.
TEAMS = [
    ("cvl", "ETH Zürich", 0.6, 0.2, 25_600_000),
    ("owls", "Ｗｉｄｅ University", 0.5, 0.7, None),
    ("Straße", "", 0.4, None, 149_900_000),
    ("beta", "École Normale", 0.3, 0.7, 1_200_000),
]


@pytest.fixture
def board(scored, phase, organiser):
    for name, affiliation, headline, accuracy, parameters in TEAMS:
        team = Team.objects.create(name=name, name_key=name, affiliation=affiliation)
        numbers = {"mean_iou": headline, "mean_accuracy": accuracy, "pixel_accuracy": 0.5}
        submission = scored(team, headline, parameters=parameters, result={"scores": numbers})
        if name == "owls":
            services.review(submission=submission, verdict="baseline", reason="because", by=organiser)
    return phase


@pytest.fixture
def ask(client, board):
    return lambda query="": client.get(board.get_absolute_url() + query).content.decode()


def rows(page: str) -> list[str]:
    """The team names of the rows that are visible, in their order."""
    seen = re.findall(r'<tr id="row-\d+".*?</tr>', page, re.DOTALL)
    return [re.findall(r"<bdi>(.*?)</bdi>", row)[0] for row in seen]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", "cvl owls Straße beta"),
        ("?sort=rank&dir=desc", "beta Straße cvl owls"),
        ("?sort=mean_iou&dir=asc", "beta Straße owls cvl"),
        ("?sort=mean_accuracy", "owls beta cvl Straße"),  # equal ones in the order of the rank, in both directions
        ("?sort=mean_accuracy&dir=asc", "cvl owls beta Straße"),
        ("?sort=pixel_accuracy&dir=asc", "cvl owls Straße beta"),
        ("?sort=parameters", "beta cvl Straße owls"),
        ("?sort=parameters&dir=desc", "Straße cvl beta owls"),
        ("?sort=team", "beta cvl owls Straße"),
        ("?sort=submitted", "beta Straße owls cvl"),
        ("?sort=marks", "owls cvl Straße beta"),
        ("?find=zurich", "cvl"),
        ("?find=eth+CVL", "cvl"),
        ("?find=wide", "owls"),
        ("?find=STRASSE", "Straße"),
        ("?find=e&sort=team&dir=desc", "Straße owls cvl beta"),
        ("?find=nobody", ""),
    ],
)
def test_rows_are_ordered_and_found_as_the_address_says(ask, query, expected):
    assert rows(ask(query)) == expected.split()


@pytest.mark.parametrize(
    "query",
    [
        *("?sort=nonsense", "?sort=scores__mean_iou", "?sort=", "?dir=up", "?sort=rank&dir=up", "?show=nonsense"),
        *("?find=", "?find=%20", "?sort=team%00&dir=%FF", "?sort=-rank&sort=nonsense", "?show="),
    ],
)
def test_what_is_asked_amiss_is_not_asked(ask, query):
    assert ask(query) == ask()


def test_a_long_search_is_cut_and_what_it_says_is_escaped(ask):
    page = ask("?find=" + "%3Cb%3E" * 50)
    assert "<b>" not in page
    assert page.count("&lt;b&gt;") <= 4 * 34  # as often as it stands in the page, at most 100 letters each


def test_the_true_rank_stands_beside_each_row_in_any_order(ask):
    page = ask("?sort=team")
    ranks = re.findall(r'<td class="rank">\s*(\S+?)\s*</td>', page)
    assert rows(page) == ["beta", "cvl", "owls", "Straße"]
    assert ranks == ["3", "1", "–", "2"]


def test_heads_lead_to_the_order_and_then_to_the_reverse_and_keep_the_rest(ask):
    page = ask("?find=e&sort=parameters&show=parameters&show=rank")
    assert page.count("aria-sort=") == 1
    assert re.search(r'aria-sort="ascending"\s+data-column="parameters"', page)
    reverse = "?find=e&amp;sort=parameters&amp;dir=desc&amp;show=rank&amp;show=team&amp;show=parameters"
    assert f'href="{reverse}">Parameters' in page
    assert 'href="?find=e&amp;sort=mean_iou&amp;dir=desc&amp;show=rank' in page
    assert re.search(r'<a data-part="by-rank" data-query\s+href="\?find=e&amp;show=rank', page)
    assert "by Parameters, lowest first" in page


def test_a_search_says_how_many_are_found_and_leads_back(ask):
    assert "1 of 4 teams" in ask("?find=zurich")
    page = ask("?find=nobody&sort=team")
    assert "0 of 4 teams, by Team, A first" in page
    assert "“<bdi>nobody</bdi>”." in page
    assert re.search(r'data-clear-search\s+href="\?sort=team&amp;dir=asc">Show all 4</a>', page)


def test_columns_that_are_not_ticked_are_left_out_but_never_the_team(ask):
    assert 'data-hidden-columns=""' in ask()
    page = ask("?show=mean_iou&show=marks")
    assert 'data-hidden-columns="2 5 6 7 8"' in page  # rank, two accuracies, the date, the parameters
    assert re.search(r'value="mean_iou"\s+checked', page)
    assert re.search(r'value="rank"\s*>', page)
    assert 'data-hidden-columns="2 4 5 6 7 8 9"' in ask("?show=team")


def test_what_no_row_has_is_no_column(client, scored, alices, charlies, phase):
    scored(alices, 0.5)
    scored(charlies, 0.4)
    page = client.get(phase.get_absolute_url()).content.decode()
    assert 'data-column="parameters"' not in page
    assert 'data-column="marks"' not in page


def test_parameters_are_shown_but_not_beside_a_pseudonym_and_cannot_order_it(ask, board):
    assert '<td class="n">25.6M</td>' in ask()
    team = Team.objects.get(name="Straße")
    entries.take_pseudonym(team, board, "nightjar", timezone.now() + timedelta(days=1))
    page = ask("?sort=parameters")
    assert "149" not in re.sub(r'value="[0-9a-f-]{36}"', "", page)
    assert rows(page) == ["beta", "cvl", "owls", "nightjar"]
    assert rows(ask("?find=strasse")) == []


def test_rows_can_be_ticked_for_a_comparison_by_their_evaluation(ask, client, alices, scored, open_phase):
    page = ask()
    assert re.search(r'<form method="get" action="../compare/" id="compare"', page)
    keys = set(re.findall(r'name="rows" value="(.*?)" form="compare"', page))
    assert keys == {str(key) for key in Evaluation.objects.values_list("pk", flat=True)}
    alone = open_phase(slug="alone")
    scored(alices, 0.5, phase=alone)
    page = client.get(alone.get_absolute_url()).content.decode()
    assert 'id="compare"' not in page
    assert 'data-hidden-columns="1"' in page


def test_every_link_of_a_table_of_the_past_keeps_its_moment(ask):
    ScoringRule.objects.update(published_at=timezone.now() - timedelta(days=1))
    at = f"{timezone.now():%Y-%m-%dT%H:%M:%SZ}"
    page = ask(f"?at={at}&find=e&sort=team&dir=desc")
    table = page[page.index('class="table-query"') : page.index("</dl>")]
    asked = [link for link in re.findall(r'href="(.*?)"', table) if "?" in link]
    assert len(asked) > 12
    assert [link for link in asked if at.replace(":", "%3A") not in link and at not in link] == []
    assert table.count(f'name="at" value="{at}"') == 2


def test_what_is_kept_for_everybody_is_no_other_for_what_somebody_asked(client, board, django_assert_num_queries):
    url = board.get_absolute_url()
    plain = client.get(url)
    kept = set(board_cache._entries)
    for query in ("?sort=team", "?find=zurich", "?show=team", "?sort=nonsense&find=x"):
        client.get(url + query)
    assert set(board_cache._entries) == kept
    with django_assert_num_queries(2):
        assert client.get(url).content == plain.content


@pytest.mark.both_setups
def test_ordering_reads_nothing_but_what_a_kept_board_is_asked_for(client, ask, django_assert_max_num_queries):
    ask()
    # of these, the correction, the banner, the link to final results and old slugs are one each
    with django_assert_max_num_queries(9):
        ask("?sort=mean_accuracy&dir=asc&find=e")


def test_the_own_row_is_marked_in_any_order(client, board, scored, alice, alices):
    scored(alices, 0.1)
    client.force_login(alice)
    page = client.get(f"{board.get_absolute_url()}?sort=mean_iou&dir=asc").content.decode()
    assert page.count("your team") == 1
    assert rows(page)[0] == "alices"
    assert '<tr id="row-5" class="own' in page


def test_a_board_that_is_hidden_answers_alike_whatever_is_asked(client, open_phase, scored, alices, charlies):
    phase = open_phase(slug="hidden", results=Phase.Results.BY_ORGANISER)
    scored(alices, 0.2, phase=phase, parameters=5)
    scored(charlies, 0.6, phase=phase, parameters=7)
    asked = ["", "?sort=mean_iou", "?find=alices", "?show=rank", "?sort=parameters&dir=desc&find=a"]
    before = [Client().get(phase.get_absolute_url() + query).content for query in asked]
    Evaluation.objects.update(scores={"mean_iou": 0.9, "mean_accuracy": 0.1, "pixel_accuracy": 0.3})
    board_cache.clear()
    after = [Client().get(phase.get_absolute_url() + query).content for query in asked]
    assert set(before) == set(after) == {before[0]}


@pytest.mark.parametrize(
    ("text", "same"),
    [("Zürich", "zurich"), ("ＥＴＨ", "eth"), ("Straße", "STRASSE"), ("ΟΔΟΣ", "οδος"), ("İzmir", "izmir")],
)
def test_case_width_and_diacritics_make_no_difference(text, same):
    assert folded(text) == folded(same)
