"""The significance map of a board: its page, its file and its sentences say the one relation that was computed."""

import re
from datetime import timedelta
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from leaderboard import services
from leaderboard.intervals.queries import intervals_of, with_intervals
from leaderboard.intervals.values import RankInterval
from leaderboard.models import IntervalJob
from leaderboard.ranking.standings import standings
from leaderboard.significance.page import NO_INTERVALS, OF_ANOTHER_TIME, OUTDATED, TOO_FEW
from leaderboard.significance.words import FIRST_PLACE, best_teams, listed, rank_spans
from leaderboard.table.rank_strip import rank_strip
from server.submissions.models import Entry
from server.teams.services import create_team
from server.tracks.models import ScoringRule
from tests.intervals import compute_intervals

SVG = "{http://www.w3.org/2000/svg}"
CELL = re.compile(
    r'<td class="(\w+)">\s*<a\s+href="([^"]+)"\s+title="([^"]+)"\s*><span\s+aria-hidden="true"\s*>(.)</span></a>'
)
SAYS = {
    "better": ("significantly better than", "▲"),
    "worse": ("significantly worse than", "▼"),
    "alike": ("not significantly different from", "○"),
}


@pytest.fixture
def here(phase):
    return [phase.track.slug, phase.slug]


@pytest.fixture
def read(here):
    """The page, or with an extension its file."""

    def get(extension="", **query):
        name, more = ("significance_export", [extension]) if extension else ("significance", [])
        return Client().get(reverse(f"leaderboard:{name}", args=[*here, *more]), query)

    return get


@pytest.fixture
def text(read):
    return lambda **query: read(**query).content.decode()


@pytest.fixture
def five(compete, person, alices, charlies, doras):
    """Two teams ahead, alike; one between; two behind, alike."""
    others = [create_team(user=person(name), name=name.lower(), affiliation="") for name in ("Emil", "Fritz")]
    skills = zip((alices, charlies, doras, *others), (0.9, 0.9, 0.7, 0.4, 0.4), strict=True)
    return [compete(team, skill, seed=seed, images=60) for seed, (team, skill) in enumerate(skills)]


def relation(rows, intervals) -> dict[tuple[str, str], str]:
    """By names, what the stored ranks say of every two: those that `indistinct` does not name differ."""
    ranks = {row.name: intervals.row(row.evaluation.pk).rank for row in rows if row.rank}
    found = {}
    for one, own in ranks.items():
        for other, its in ranks.items():
            if one != other:
                alike = its.rank in own.indistinct or own.rank == its.rank
                found[one, other] = "alike" if alike else "better" if own.rank < its.rank else "worse"
    return found


def expect_sentences(page: str, names: list[str], told: dict[tuple[str, str], str]) -> None:
    for one in names:
        (sentence,) = re.findall(rf"<dt>\s*<bdi>{one}</bdi>\s*</dt>\s*<dd>(.*?)</dd>", page)
        for css, (words, _) in SAYS.items():
            others = [other for other in names if told.get((one, other)) == css]
            named = "all others" if len(others) == len(names) - 1 else listed(others) if others else ""
            assert (f"{words} {named}" in sentence) if others else (words not in sentence)


def expect_spans(board: str, rows, told: dict[tuple[str, str], str]) -> None:
    for row in rows:
        of = row.interval.rank
        beside = [told[row.name, other.name] for other in rows if other is not row]
        assert of.low == 1 + beside.count("worse")
        assert of.high == len(rows) - beside.count("better")
        assert f", interval {of.low} to {of.high}</span>" in board


def best_in_words(best: list[str], told: dict[tuple[str, str], str]) -> str:
    if len(best) > 1:
        return f"{len(best)} teams may be the best: {listed(best)}."
    beats_all = all(word == "better" for (one, _), word in told.items() if one == best[0])
    return (
        f"{best[0]} is significantly better than all others." if beats_all else f"Only {best[0]} may be the best."
    )


@pytest.mark.django_db
def test_page_file_words_and_board_say_one_relation(five, phase, text, read):
    compute_intervals(phase)
    rows = standings(phase)
    intervals = intervals_of(phase, rows)
    told = relation(rows, intervals)
    assert set(told.values()) == {"better", "worse", "alike"}
    names = [row.name for row in rows]
    pairs = [(one, other) for one in names for other in names if one != other]
    page = text()
    cells = CELL.findall(page)
    assert [told[pair] for pair in pairs] == [css for css, *_ in cells]
    for (one, other), (css, url, title, mark) in zip(pairs, cells, strict=True):
        words, shape = SAYS[css]
        assert title.startswith(f"{one} is {words} {other}: ")
        assert "interval" in title
        assert mark == shape
        keys = {row.name: row.evaluation.pk for row in rows}
        assert url.endswith(f"/compare/?rows={keys[one]}&amp;rows={keys[other]}")
    drawn = ElementTree.fromstring(read("svg").content)
    marks = [each for each in drawn.iter() if each.get("class") in SAYS and each.find(f"{SVG}title") is not None]
    assert [each.get("class") for each in marks] == [css for css, *_ in cells]
    assert [each.find(f"{SVG}title").text for each in marks] == [title for _, _, title, _ in cells]
    expect_sentences(page, names, told)
    board = Client().get(phase.get_absolute_url()).content.decode()
    expect_spans(board, with_intervals(rows, intervals), told)
    said = best_in_words([row.name for row in intervals.may_be_best(rows)], told)
    assert said in board
    assert said in page
    assert reverse("leaderboard:significance", args=[phase.track.slug, phase.slug]) in board


@pytest.mark.django_db
def test_without_intervals_the_page_says_why_and_there_is_no_file(five, phase, text, read, compete, alices):
    def expect_none(reason: str, **query) -> None:
        page = text(**query)
        assert reason in page.replace("&#x27;", "'")
        assert not CELL.search(page)
        assert read("svg", **query).status_code == 404

    expect_none(NO_INTERVALS)
    ScoringRule.objects.update(published_at=timezone.now() - timedelta(hours=1))
    compute_intervals(phase)
    before = f"{timezone.now() - timedelta(seconds=1):%Y-%m-%dT%H:%M:%SZ}"
    assert CELL.search(text(at=before))
    IntervalJob.objects.update(withheld="The split is too small.")
    expect_none("The split is too small.", at=before)
    compete(alices, 0.95, images=60, result={"finished_at": timezone.now()})
    expect_none(OUTDATED)
    expect_none("The split is too small.", at=before)
    compute_intervals(phase)
    assert CELL.search(text())
    expect_none(OF_ANOTHER_TIME, at=before)


@pytest.mark.django_db
def test_few_images_say_nothing_of_ranks(compete, alices, charlies, phase, text):
    compete(alices, 0.9, images=29)
    compete(charlies, 0.3, images=29)
    assert compute_intervals(phase).withheld
    reason = "fewer than 30 images (29): too few to tell ranks apart."
    board = Client().get(phase.get_absolute_url()).content.decode()
    assert reason in board
    assert 'class="strip"' not in board
    assert "best" not in re.search(r'(?s)<div class="interval-legend.*?</div>', board)[0]
    assert reason in text()


@pytest.mark.django_db
def test_one_team_has_no_map_and_an_empty_board_has_none(compete, alices, phase, text):
    assert "No team" in text() or TOO_FEW in text()
    compete(alices, 0.9)
    compute_intervals(phase)
    assert TOO_FEW in text()


@pytest.mark.django_db
def test_a_pseudonym_and_a_hidden_row_reveal_nothing(five, phase, text, read, organiser, alices):
    Entry.objects.create(team=alices, phase=phase, pseudonym="owls", pseudonym_until=timezone.now() + timedelta(1))
    services.review(submission=five[1], verdict="hidden", reason="because", by=organiser)
    compute_intervals(phase)
    for shown in (text(), read("svg").content.decode()):
        assert "owls" in shown
        assert "alices" not in shown
        assert "charlies" not in shown


@pytest.mark.django_db
def test_markup_in_a_name_stays_text(compete, person, alices, phase, text, read):
    nasty = create_team(user=person("Nina"), name='<b>"&amp;', affiliation="")
    compete(alices, 0.9)
    compete(nasty, 0.2)
    compute_intervals(phase)
    assert "<b>" not in text()
    assert '<b>"&amp;' in "".join(ElementTree.fromstring(read("svg").content).itertext())


def row(name: str, *, low: int = 1, high: int = 3, best: bool = True, rank: int = 1):
    of = RankInterval(rank, low, high, (), best)
    return SimpleNamespace(name=name, rank=rank, interval=SimpleNamespace(rank=of))


UNKNOWN = SimpleNamespace(name="new", rank=9, interval=None)


@pytest.mark.parametrize(
    ("rows", "sentence", "names"),
    [
        ([row("A", high=1), row("B", low=2, best=False)], "A is significantly better than all others.", ""),
        ([row("A"), row("B", low=2, best=False)], "Only A may be the best.", ""),
        ([row("A"), row("B"), UNKNOWN], "2 teams may be the best: A and B.", ""),
        ([row("A"), row("B"), row("C")], "3 teams may be the best: A, B and C.", ""),
        ([row(name) for name in "ABCDEF"], "6 teams may be the best", "A, B, C, D, E and F"),
    ],
)
def test_the_sentence_who_may_be_the_best(rows, sentence, names):
    said = best_teams(rows)
    assert (said.sentence, said.names, said.note) == (sentence, names, "")


def test_a_span_from_1_of_one_who_cannot_be_the_best_is_explained():
    assert best_teams([row("A"), row("B"), row("C", best=False)]).note == FIRST_PLACE
    assert best_teams([row("A")]) is None
    assert best_teams([UNKNOWN, UNKNOWN]) is None


def test_spans_of_the_best_rows_alone_are_said_to_be_so():
    assert rank_spans([UNKNOWN]) == ""
    assert "best 2 teams" in rank_spans([row("A"), row("B"), UNKNOWN])
    assert "best" not in rank_spans([row("A"), row("B")])


def test_a_strip_has_a_field_for_each_rank():
    strip = rank_strip(RankInterval(2, 1, 3, (), True), 4)
    assert (strip.left, strip.width, strip.rank) == (0, 75, 37.5)
    strip = rank_strip(RankInterval(4, 4, 4, (), False), 4)
    assert (strip.left, strip.width, strip.rank) == (75, 25, 87.5)
