"""The page of curves: what it draws for which query, and that no query draws what the board does not show."""

import csv
import re
from datetime import timedelta
from io import StringIO
from xml.etree import ElementTree

import pytest
from django.urls import reverse
from django.utils import timezone

from leaderboard import services
from leaderboard.models import Interval, IntervalJob
from server.submissions.models import Entry
from server.teams.models import Team
from server.tracks.models import Phase, ScoringRule

pytestmark = pytest.mark.django_db
RISING = [0.1 + t / 1000 for t in range(256)]  # from 10.00 at 0 up to 35.50 at 255


@pytest.fixture
def maps(open_phase, install_truth):
    truth = install_truth("localization", images=3)
    phase = open_phase("localization", slug="maps")
    phase.rule = truth.rule
    ScoringRule.objects.update(published_at=timezone.now() - timedelta(days=1))  # before anything was scored
    return phase


@pytest.fixture
def curved(scored, maps):
    """A scored submission with a curve that peaks at 255: `curved(alices, 0.3)` lies 0.3 − 0.1 above RISING."""

    def make(team, level=0.1):
        curve = [iou + level - 0.1 for iou in RISING]
        result = {"scores": {"peak_iou": curve[255], "peak_threshold": 255}, "curve": curve}
        return scored(team, None, phase=maps, rule=maps.rule, result=result)

    return make


@pytest.fixture
def many(curved):
    """As many teams as are asked for, the best first; each submitted after those better than it."""

    def make(number):
        teams = [
            Team.objects.create(name=f"team-{n}", name_key=f"team-{n}", affiliation="") for n in range(number)
        ]
        return [curved(team, 0.5 - n / 100) for n, team in enumerate(teams)]

    return make


@pytest.fixture
def page(client, maps):
    def get(query=""):
        return client.get(reverse("leaderboard:curves", args=["localization", "maps"]) + query)

    return get


@pytest.fixture
def known():
    """The band of a submission's curve, 0.01 to both sides, as the interval job stores it."""

    def make(submission):
        evaluation = submission.evaluations.get()
        job, _ = IntervalJob.objects.get_or_create(
            phase=submission.phase, defaults={"computed_at": timezone.now()}
        )
        shifts = {"score": 0, "low": -0.01, "high": 0.01}
        band = {name: [iou + by for iou in evaluation.curve] for name, by in shifts.items()}
        bands = {"iou_curve": band}
        Interval.objects.create(job=job, evaluation=evaluation, metrics={}, bands=bands)

    return make


def key_of(submission) -> str:
    return f"e{submission.evaluations.get().pk.hex}"


def drawn(answer) -> dict[str, ElementTree.Element]:
    """Name -> its curve in the figure."""
    assert answer.status_code == 200
    svg = re.search(r"<svg data-curves.*?</svg>", answer.content.decode(), re.DOTALL)
    if svg is None:
        return {}
    root = ElementTree.fromstring(svg[0].replace("<svg data-curves", "<svg"))
    return {group.get("data-label"): group for group in root.iter("g") if group.get("data-series")}


def looks(answer) -> dict[str, str]:
    return {name: group.get("class") for name, group in drawn(answer).items()}


def test_the_page_is_whole_without_script(curved, alices, charlies, page):
    curved(alices)
    curved(charlies, 0.2)
    text = page("?t=100").content.decode()
    assert "<title>IoU against threshold of 2 teams</title>" in text
    assert "charlies: Peak-IoU 45.50 % at threshold 255." in text
    assert len(re.findall(r'<polyline class="curve"', text)) == 2
    assert text.count('class="peak"') == 2 * 2  # on the curve and at its name
    cells = re.findall(r"<td class=\"n\">\s*(?:<b[^>]*>)?([^<]+)", text)
    assert cells == ["30.00", "45.50 at 255", "20.00", "35.50 at 255"]
    assert not re.search(r" style=| on\w+=|<script>", text)


def test_without_a_wish_the_first_eight_are_drawn_and_the_page_says_so(many, page):
    many(10)
    answer = page()
    assert list(reversed(drawn(answer))) == [f"team-{n}" for n in range(8)]
    assert "the first 8 ranked teams are drawn" in answer.content.decode()
    assert answer.content.decode().count('name="teams"') == 10


def test_at_most_thirty_two_are_drawn_and_the_page_says_so(many, page):
    keys = [key_of(each) for each in many(34)]
    answer = page("?teams=" + ",".join(keys))
    assert len(drawn(answer)) == 32
    assert len(set(looks(answer).values())) == 32
    assert "At most 32 curves are drawn at once" in answer.content.decode()


def test_teams_are_chosen_by_boxes_or_with_commas(many, page):
    first, second, third = map(key_of, many(3))
    assert set(drawn(page(f"?teams={first}&teams={third}"))) == {"team-0", "team-2"}
    assert set(drawn(page(f"?teams={second},{third}"))) == {"team-1", "team-2"}
    nobody = page("?teams=none")
    assert drawn(nobody) == {}
    assert "No curve is chosen" in nobody.content.decode()


def test_a_team_keeps_its_colour_whoever_is_drawn_and_whatever_its_rank(curved, alices, charlies, page):
    own, rival = curved(alices), curved(charlies, 0.2)
    before = looks(page())
    assert before["alices"] != before["charlies"]
    assert looks(page(f"?teams={key_of(rival)}"))["charlies"] == before["charlies"]
    assert looks(page(f"?teams={key_of(own)}"))["alices"] == before["alices"]
    curved(alices, 0.4)
    assert looks(page()) == before
    assert (
        looks(page(f"?at={own.received_at + timedelta(seconds=1):%Y-%m-%dT%H:%M:%SZ}"))["alices"]
        == before["alices"]
    )


@pytest.mark.parametrize("fate", ["hidden", "withdrawn", "disqualified", "baseline", "unshown", "surpassed"])
def test_what_is_not_ranked_on_the_board_is_never_drawn_by_naming_it(
    fate, curved, alices, charlies, page, organiser
):
    secret, other = curved(alices, 0.3), curved(charlies)
    if fate in {"hidden", "disqualified", "baseline"}:
        services.review(submission=secret, verdict=fate, reason="because", by=organiser)
    elif fate == "withdrawn":
        type(secret).objects.filter(pk=secret.pk).update(withdrawn_at=timezone.now())
    elif fate == "unshown":
        Phase.objects.update(results=Phase.Results.BY_ORGANISER)
    else:
        curved(alices, 0.4)
    keys = f"teams={key_of(secret)},{key_of(other)}&bands=1&t=9"
    answer = page(f"?{keys}")
    text = re.sub(r"T[\d:.]+", "", answer.content.decode())  # without moments, which may hold any digits
    assert "alices" not in drawn(answer)
    assert key_of(secret) not in text
    assert "55.50" not in text
    if fate != "unshown":
        assert "1 of the chosen curves is not on this board." in text
        export = answer.client.get(f"{other.phase.get_absolute_url()}export.curves.csv?{keys}").content.decode()
        assert export.startswith("Threshold,charlies,Page")


def test_a_pseudonym_is_all_that_is_told(curved, alices, charlies, page):
    curved(alices)
    curved(charlies)
    until = timezone.now() + timedelta(days=3)
    Entry.objects.create(
        team=alices, phase=Phase.objects.get(slug="maps"), pseudonym="nightjar", pseudonym_until=until
    )
    text = page().content.decode()
    assert "nightjar" in text
    assert "alices" not in text
    assert alices.pk.hex not in text.replace("-", "")


def test_a_window_is_drawn_and_nothing_beyond_it(curved, alices, page):
    curved(alices)
    answer = page("?from=100&to=150&low=20&high=30")
    (group,) = drawn(answer).values()
    assert len(group.find("polyline").get("points").split()) == 51
    text = answer.content.decode()
    assert 'clip-path="url(#plot)"' in text
    assert text.count('class="peak"') == 1  # at the name: the peak is at 255
    assert 'name="from" id="from" min="0" max="254" placeholder="0" value="100"' in text


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("?from=abc", "“abc” is not a whole number from 0 to 255, so “from” is ignored."),
        ("?to=256", "“256” is not a whole number from 0 to 255"),
        ("?t=-1", "“-1” is not a whole number from 0 to 255"),
        ("?from=9&to=9", "No thresholds lie from 9 to 9: all are drawn."),
        ("?low=60&high=50", "There is no IoU in the chosen range: all of it is drawn."),
        ("?high=0", "There is no IoU in the chosen range"),
        ("?high=" + "9" * 5000, "is not a whole number from 0 to 100"),
        ("?t=²", "“²” is not a whole number"),
        ("?teams=%3Cscript%3E", "1 of the chosen curves is not on this board."),
        ("?bands=1", "No 95 % bands have been computed for these curves yet."),
    ],
)
def test_what_cannot_be_followed_is_said_and_the_rest_is_drawn(query, said, curved, alices, page):
    curved(alices)
    answer = page(query)
    text = answer.content.decode()
    assert "<script>" not in text
    if "teams" in query:
        assert "No curve is chosen" in text
    else:
        assert len(drawn(answer)["alices"].find("polyline").get("points").split()) == 256
    assert said in text


def test_an_untouched_form_says_nothing_wrong(curved, alices, page):
    curved(alices)
    answer = page("?from=&to=&low=&high=&t=")
    assert "could be followed" not in answer.content.decode()
    assert "alices" in drawn(answer)


def test_bands_are_drawn_where_they_are_asked_for_and_known(curved, alices, charlies, page, known):
    own, _ = curved(alices), curved(charlies)
    known(own)
    assert "<polygon" not in page().content.decode()
    text = page("?bands=1&t=100").content.decode()
    assert text.count("<polygon") == 1
    assert ">19.00–21.00</span>" in text
    assert ">–</span>" in text
    assert "its 95 % interval at each threshold by itself" in text


def test_a_band_with_a_hole_is_not_drawn(curved, alices, page, known):
    own = curved(alices)
    known(own)
    interval = Interval.objects.get()
    interval.bands["iou_curve"]["low"][9] = None
    interval.save()
    answer = page("?bands=1")
    assert "<polygon" not in answer.content.decode()
    assert "alices" in drawn(answer)


def test_a_submission_has_its_own_curve_with_its_band(curved, alice, alices, charlies, client, known, page):
    curved(charlies)
    own = curved(alices)
    known(own)
    client.force_login(alice)
    answer = client.get(own.get_absolute_url())
    assert answer.content.decode().count("<polygon") == 1
    assert looks(answer)["alices"] == looks(page())["alices"]


def test_the_files_show_exactly_what_is_drawn(curved, alices, charlies, page, known, client):
    own, rival = curved(alices), curved(charlies, 0.2)
    known(own)
    text = page(f"?teams={key_of(own)}&from=100&to=102&bands=1").content.decode()
    links = dict(re.findall(r'href="\.\./leaderboard/export\.([\w.]+)(\?[^"]+)"', text))
    base = own.phase.get_absolute_url()
    files = {
        extension: client.get(f"{base}export.{extension}{query.replace('&amp;', '&')}").content.decode()
        for extension, query in links.items()
    }
    assert set(files) == {"svg", "pgf.tex", "curves.csv", "curves.json"}
    head, *lines = csv.reader(StringIO(files["curves.csv"], newline=""))
    assert head[:4] == ["Threshold", "alices", "alices, 95 % from", "alices, 95 % to"]
    assert [line[:4] for line in lines] == [
        ["100", "20.00", "19.00", "21.00"],
        ["101", "20.10", "19.10", "21.10"],
        ["102", "20.20", "19.20", "21.20"],
    ]
    assert files["svg"].count("<polyline") == files["svg"].count("<polygon") == 1
    assert "xmin=100, xmax=102" in files["pgf.tex"]
    assert "fill opacity=0.16" in files["pgf.tex"]
    assert '"low"' in files["curves.json"]
    assert not any("charlies" in each for each in files.values())
    assert key_of(rival) in text  # to be chosen


def test_the_moment_is_carried_along(curved, alices, page, client):
    first = curved(alices)
    at = f"{first.received_at + timedelta(seconds=1):%Y-%m-%dT%H:%M:%SZ}"
    text = page(f"?at={at}").content.decode()
    assert f'<input type="hidden" name="at" value="{at}">' in text
    assert f"leaderboard/?at={at}" in text
    assert f"at={at.replace(':', '%3A')}" in text
    assert page("?at=noon").status_code == 400
    board = client.get(f"{first.phase.get_absolute_url()}?at={at}").content.decode()
    assert f"/curves/?at={at}" in board


@pytest.mark.parametrize("results", [Phase.Results.AT_ONCE, Phase.Results.BY_ORGANISER])
def test_a_board_without_curves_says_so(maps, page, results):
    Phase.objects.update(results=results)
    text = page().content.decode()
    assert ("this board has none" in text) is (results == Phase.Results.AT_ONCE)
    assert ("not shown yet" in text) is (results != Phase.Results.AT_ONCE)
    assert '<form method="get"' not in text
