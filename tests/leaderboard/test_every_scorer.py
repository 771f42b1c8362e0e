"""Every scorer of the evaluator works on site, boards, exports and API, from its description alone."""

import csv
import json
import re
from datetime import timedelta
from io import StringIO

import pytest
from django.urls import reverse
from django.utils import timezone

from evaluator.contract import PER_CLASS, ScorerDescription, scorers
from evaluator.scorers import SCORERS
from leaderboard.figures.axes import Axes
from leaderboard.units import metric_in_unit
from server.submissions.transitions import split_scores
from server.tracks.models import GroundTruth, Phase, ScoringRule, Track
from tests.leaderboard.texts import assert_sound_tex

pytestmark = pytest.mark.django_db
CURVE_FILES = ("svg", "pgf.tex", "curves.csv", "curves.json")


@pytest.fixture(params=SCORERS)
def description(request):
    return scorers()[request.param]


@pytest.fixture
def board(description, scored, alices, charlies) -> Phase:
    """A board of a new track with the scorer, on which the alices are ahead of the charlies."""
    texts = dict.fromkeys(("title", "short_title", "task", "data", "labels"), "Something new")
    track = Track.objects.create(number=9, slug="new", scorer=description.name, **texts)
    truth = GroundTruth.objects.create(
        track=track, split="test", state="ready", image_count=5, pack_sha256="0" * 64
    )
    now = timezone.now()
    rule = ScoringRule.objects.create(
        track=track,
        split="test",
        number=1,
        ground_truth=truth,
        scorer=description.name,
        scorer_version=description.version,
        options=description.options,
        state="published",
        published_at=now - timedelta(days=1),
    )
    phase = Phase.objects.create(
        track=track, slug="now", split="test", title="Now", opens_at=now - timedelta(days=1), details="at_once"
    )
    better = 0.75 if description.headline.sign > 0 else 0.25
    for team, level in ((alices, better), (charlies, 0.5)):
        result = split_scores(description.name, scores_of(description, level))
        scored(team, None, phase=phase, rule=rule, result=result)
    return phase


def scores_of(description: ScorerDescription, level: float) -> dict:
    """Scores of the shape that the scorer declares, all of them this large."""
    scores = {metric.key: level for metric in description.metrics}
    if description.class_metrics:
        values = {metric.key: level for metric in description.class_metrics}
        scores[PER_CLASS] = [{"label": label, **values, "pixels": 7} for label in range(4)]
    if description.curve:
        scores[description.curve.metric.key] = [level] * (description.curve.last_x + 1)
        scores[description.curve.peak_x] = 3
    return scores


@pytest.fixture
def read(client, board):
    """The text of an address of the board: `read("leaderboard:classes", status=404)`."""

    def get(name: str, *more: str, query: str = "", status: int = 200) -> str:
        answer = client.get(reverse(name, args=["new", "now", *more]) + query)
        assert answer.status_code == status
        return answer.content.decode()

    return get


def plain(html: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


def test_the_track_page_has_its_help_and_names_every_metric(client, board, description):
    text = plain(client.get(board.track.get_absolute_url()).content.decode())
    assert all(metric.title in text for metric in description.metrics)
    assert all(name in text for name in description.help.file_names)
    for help_text in (description.help.submission, description.help.scoring):
        first_words = " ".join(re.sub(r"[*`]", "", help_text).split()[:8])
        assert first_words in text
    assert f'class="accent-{board.track.accent}"' in client.get(board.track.get_absolute_url()).content.decode()


def test_the_board_has_a_column_with_its_unit_for_each_metric_of_a_board(read, description):
    html = read("leaderboard:board")
    heads = [plain(head) for head in re.findall(r'<th scope="col" class="n".*?</th>', html, re.DOTALL)]
    expected = [f"{metric.title} {metric.unit}".strip() for metric in description.columns]
    assert heads[: len(expected)] == expected
    assert f"ranked by {description.headline.title} as printed" in plain(html)
    rows = re.findall(r'<tr id="row-\d+".*?</tr>', html, re.DOTALL)
    assert [name in row for name, row in zip(("alices", "charlies"), rows, strict=True)] == [True, True]


def test_classes_and_curves_are_shown_where_it_has_them_under_its_own_names(read, description):
    if description.class_metrics:
        metric = description.class_metrics[0]
        text = plain(read("leaderboard:classes"))
        assert f"{metric_in_unit(metric)} ." in text.replace(".", " .")
        assert f"{metric.title}, largest first" in text
    else:
        read("leaderboard:classes", status=404)
    axes = Axes.of(description)
    text = plain(read("leaderboard:curves"))
    assert (f"{axes.name}s" in text and axes.caption in text) if axes else "this board has none" in text


def test_a_comparison_is_in_the_headline(read, board, description):
    keys = [str(one.evaluations.get().pk) for one in board.submissions.all()]
    text = plain(read("leaderboard:compare", query=f"?rows={keys[0]}&rows={keys[1]}"))
    assert f"in {description.headline.title}" in text
    assert all(f"{metric.title} {metric.unit}".strip() in text for metric in description.columns)


def test_every_file_has_its_titles_and_units(read, description):
    head, *_ = csv.reader(StringIO(read("leaderboard:board_export", "csv"), newline=""))
    headings = [f"{one.title} ({one.unit})" if one.unit else one.title for one in description.columns]
    assert head[3 : 3 + len(headings)] == headings
    assert " | ".join(headings) in read("leaderboard:board_export", "md")
    tex = read("leaderboard:board_export", "tex")
    assert_sound_tex(tex)
    assert metric_in_unit(description.headline).partition(" in ")[2] in tex
    assert f"{description.name} {description.version}" in read("leaderboard:board_export", "bib")
    columns = json.loads(read("leaderboard:board_export", "json"))["columns"]
    assert columns == [known_of(metric) for metric in description.columns]
    if description.class_metrics:
        classes = json.loads(read("leaderboard:classes_export", "json"))
        assert classes["columns"] == [known_of(description.class_metrics[0])]
        assert f"alices {description.class_metrics[0].title} (" in read("leaderboard:classes_export", "csv")


def in_the_api(metric) -> dict[str, object]:
    """The same, but that the API sends fractions where pages and files print percentages."""
    known = known_of(metric)
    return known | {"unit": "fraction" if known["unit"] == "%" else known["unit"]}


def known_of(metric) -> dict[str, object]:
    names = ("key", "title", "unit", "decimals", "higher_is_better")
    return {name: getattr(metric, name) for name in names}


def test_the_files_of_curves_have_its_axes(read, description):
    axes = Axes.of(description)
    if axes is None:
        for extension in CURVE_FILES:
            read("leaderboard:board_export", extension, status=404)
        return
    svg, pgf, table, curves = (read("leaderboard:board_export", extension) for extension in CURVE_FILES)
    assert f">{axes.y_title}</text>" in svg
    assert f"{axes.name}s</title>" in svg
    assert f"xlabel={{{axes.x_title}}}" in pgf
    assert f"xmax={axes.last_x}" in pgf
    assert table.startswith(f"{axes.x_title},alices,charlies,")
    drawn = json.loads(curves)
    assert drawn["unit"] == axes.y.unit
    assert {axes.key, f"peak_{axes.key}", axes.peak_x.key} <= set(drawn["curves"][0])
    assert len(drawn["curves"][0][axes.key]) == axes.last_x + 1


def test_the_api_tells_its_columns_and_scores_as_printed(client, board, description):
    track = client.get(reverse("api:track", args=["new"])).json()
    rows = client.get(reverse("api:leaderboard", args=[board.pk]) + "?curves=1").json()
    assert track["columns"] == rows["columns"] == [in_the_api(metric) for metric in description.columns]
    first = rows["rows"][0]
    assert first["team"]["name"] == "alices"
    assert list(first["scores"]) == [metric.key for metric in description.columns]
    assert (first["curve"] is None) is (description.curve is None)
    feed = client.get(reverse("leaderboard:feed")).content.decode()
    assert f"alices: {description.headline.title}" in feed


def test_a_result_has_every_metric_with_its_unit(client, alice, admin, board, description):
    client.force_login(alice)
    result = board.submissions.get(team__name="alices")
    text = plain(client.get(result.get_absolute_url()).content.decode())
    for metric in description.metrics:
        assert f"{metric.title} {metric.show_with_unit(result.evaluations.get().scores[metric.key])}" in text
    assert description.headline.title in plain(client.get("/team/").content.decode())
    client.force_login(admin)
    page = client.get(reverse("admin:leaderboard_board_change", args=[board.pk])).content.decode()
    assert all(f'<th class="number">{metric.title}' in page for metric in description.columns)
