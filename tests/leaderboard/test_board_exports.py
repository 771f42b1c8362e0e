"""A board's downloads: what they show, to whom, and under which headers."""

import csv
import json
import re
from datetime import timedelta
from io import StringIO

import pytest
from django.utils import timezone

from leaderboard import services
from leaderboard.exports.formats import CURVE_FORMATS, TABLE_FORMATS
from server.submissions.models import Entry
from server.teams.models import Team
from server.tracks.models import Phase

pytestmark = pytest.mark.django_db
CURVE = [round(0.6 - abs(t - 100) / 500, 6) for t in range(256)]


@pytest.fixture
def download(client, phase):
    return lambda extension, **headers: client.get(
        f"{phase.get_absolute_url()}export.{extension}", headers=headers
    )


@pytest.fixture
def rows_of(download):
    return lambda: json.loads(download("json").content)["rows"]


@pytest.fixture
def localization(open_phase, install_truth):
    truth = install_truth("localization", images=3)
    return open_phase("localization", slug="maps"), truth.rule


@pytest.fixture
def curved(scored, localization):
    """A scored submission with a curve that peaks at 60.00 and 100."""
    phase, rule = localization
    result = {"scores": {"peak_iou": 0.6, "peak_threshold": 100}, "curve": CURVE}
    return lambda team: scored(team, None, phase=phase, rule=rule, result=result)


def test_a_file_has_the_rows_of_the_board_as_printed(scored, alices, charlies, rows_of):
    scored(charlies, 0.45181)
    scored(alices, 0.3)
    scored(alices, 0.45184)
    first, second = rows_of()
    assert [(row["rank"], row["team"], row["affiliation"]) for row in (first, second)] == [
        (1, "charlies", None),
        (1, "alices", "University of A"),
    ]
    assert (
        first["values"] == second["values"] == {"mean_iou": 45.18, "mean_accuracy": 50.0, "pixel_accuracy": 50.0}
    )


def test_csv_and_json_have_the_parameters_that_a_board_shows(scored, alices, charlies, download, rows_of, phase):
    scored(alices, 0.5, parameters=25_600_000)
    scored(charlies, 0.4, parameters=149_900_000)
    until = timezone.now() + timedelta(days=1)
    Entry.objects.create(team=charlies, phase=phase, pseudonym="owls", pseudonym_until=until)
    assert [row["parameters"] for row in rows_of()] == [25_600_000, None]
    lines = csv.DictReader(StringIO(download("csv").content.decode(), newline=""))
    assert [line["Parameters"] for line in lines] == ["25600000", ""]


@pytest.mark.parametrize("extension", [each.extension for each in TABLE_FORMATS])
def test_no_file_says_more_of_a_score_than_the_board(scored, alices, download, extension):
    scored(alices, 0.4518349)
    assert "4518349" not in download(extension).content.decode()
    assert "451834" not in download(extension).content.decode()


def test_the_file_says_what_the_numbers_were_made_with(scored, alices, download, phase, settings):
    scored(alices, 0.4)
    said, rule = json.loads(download("json").content), phase.published_rule()
    assert said["page"] == settings.SITE_URL + phase.get_absolute_url()
    assert (said["track"], said["phase"], said["split"]) == ("segmentation", "now", "test")
    assert (said["rule"], said["scorer"]) == (rule.number, f"{rule.scorer} {rule.scorer_version}")
    assert said["ground_truth"] == rule.ground_truth.pack_sha256[:12]
    assert said["images"] == 12


def test_struck_rows_are_marked_and_hidden_and_withdrawn_ones_left_out(
    scored, alices, charlies, organiser, rows_of, download
):
    struck = scored(alices, 0.5)
    services.review(submission=struck, verdict="disqualified", reason="Saw the test split.", by=organiser)
    services.review(submission=scored(charlies, 0.4), verdict="hidden", reason="because", by=organiser)
    (row,) = rows_of()
    assert (row["rank"], row["marks"]) == (None, [{"mark": "disqualified", "reason": "Saw the test split."}])
    assert "(disqualified)" in download("tex").content.decode()
    type(struck).objects.update(withdrawn_at=timezone.now())
    assert rows_of() == []


def test_the_reasons_of_other_marks_stay_with_the_organisers(scored, alices, organiser, download):
    services.review(submission=scored(alices, 0.5), verdict="under_review", reason="Suspicious.", by=organiser)
    assert "Suspicious" not in download("json").content.decode()


@pytest.mark.parametrize("extension", [each.extension for each in TABLE_FORMATS + CURVE_FORMATS])
def test_a_pseudonym_stays_one_in_every_file(curved, alices, client, localization, extension):
    phase, _ = localization
    curved(alices)
    ends = timezone.now() + timedelta(days=1)
    Entry.objects.create(team=alices, phase=phase, pseudonym="The Masked", pseudonym_until=ends)
    for url in (f"{phase.get_absolute_url()}export.{extension}", "/feeds/results.atom"):
        said = client.get(url).content.decode()
        assert ("The Masked" in said) == (extension != "bib" or "feeds" in url)
        assert "alices" not in said
        assert "University of A" not in said


def test_curves_are_printed_numbers_of_ranked_rows(curved, alices, charlies, organiser, client, localization):
    url = f"{localization[0].get_absolute_url()}export."
    curved(alices)
    services.review(submission=curved(charlies), verdict="disqualified", reason="because", by=organiser)
    (curve,) = json.loads(client.get(f"{url}curves.json").content)["curves"]
    assert (curve["team"], curve["peak_iou"], curve["peak_threshold"]) == ("alices", 60.0, 100)
    assert curve["iou"] == pytest.approx([100 * iou for iou in CURVE], abs=0.00501)
    lines = list(csv.reader(StringIO(client.get(f"{url}curves.csv").content.decode(), newline="")))
    assert lines[0][:2] == ["Threshold", "alices"]
    assert lines[101][:2] == ["100", "60.00"]


@pytest.mark.parametrize("extension", [each.extension for each in CURVE_FORMATS])
def test_where_no_curve_is_there_is_no_file_of_curves(scored, alices, download, extension):
    scored(alices, 0.5)
    assert download(extension).status_code == 404


@pytest.mark.parametrize("extension", ["exe", "CSV", "csv.exe", "tex/", "curves"])
def test_another_format_is_absent(download, extension):
    assert download(extension).status_code == 404


@pytest.mark.parametrize("each", TABLE_FORMATS + CURVE_FORMATS, ids=lambda each: each.extension)
def test_a_file_is_kept_under_a_safe_name_and_never_guessed_at(curved, alices, client, localization, each):
    curved(alices)
    name = f"lid-localization-maps.{each.extension}"
    url = f"{localization[0].get_absolute_url()}export.{each.extension}"
    answer, head = client.get(url), client.head(url)
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    assert answer.headers["Content-Type"] == each.content_type
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Cookie" not in answer.headers.get("Vary", "")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["ETag"] == answer.headers["ETag"]
    assert client.post(url).status_code == 405


@pytest.mark.parametrize("extension", [each.extension for each in TABLE_FORMATS])
def test_an_unchanged_board_is_not_sent_again(scored, alices, charlies, download, extension):
    scored(alices, 0.5)
    tag = download(extension).headers["ETag"]
    same = download(extension, if_none_match=tag)
    assert (same.status_code, same.content) == (304, b"")
    scored(charlies, 0.4)
    again = download(extension, if_none_match=tag)
    assert again.status_code == 200
    assert again.headers["ETag"] != tag


def test_the_moment_alone_makes_no_new_file(scored, alices, download, monkeypatch):
    scored(alices, 0.5)
    first, later = download("csv"), timezone.now() + timedelta(hours=1)
    monkeypatch.setattr("leaderboard.exports.build.timezone.now", lambda: later)
    second = download("csv")
    assert first.content != second.content
    assert first.headers["ETag"] == second.headers["ETag"]


def test_a_board_that_shows_nothing_yet_says_so_to_organisers_too(
    scored, alices, download, phase, client, organiser
):
    scored(alices, 0.5)
    Phase.objects.update(results=Phase.Results.BY_ORGANISER)
    before = download("json").content
    client.force_login(organiser)
    assert re.sub(rb'"as_of": "\S+"', b"", before) == re.sub(rb'"as_of": "\S+"', b"", download("json").content)
    assert json.loads(before)["rows"] == []
    assert json.loads(before)["note"] == "The results are not shown yet"


def test_names_are_text_whatever_they_hold(scored, alices, download):
    Team.objects.filter(pk=alices.pk).update(name='=1+1|"&<b>', affiliation="@SUM(1)\u202e\n%")
    scored(alices, 0.5)
    line = next(csv.reader(StringIO(download("csv").content.decode().split("\r\n", 1)[1], newline="")))
    assert line[1:3] == ["'=1+1|\"&<b>", "'@SUM(1) %"]
    assert r"=1+1\textbar{}" in download("tex").content.decode()


def test_every_link_of_a_board_is_a_file(curved, alices, client, localization):
    curved(alices)
    url = localization[0].get_absolute_url()
    names = re.findall(r'href="(export\.[^"]+)"', client.get(url).content.decode())
    assert set(names) == {f"export.{each.extension}" for each in TABLE_FORMATS + CURVE_FORMATS}
    assert {client.get(f"{url}{name}").status_code for name in names} == {200}


def test_a_board_without_curves_offers_none(scored, alices, client, phase):
    scored(alices, 0.5)
    names = re.findall(r'href="(export\.[^"]+)"', client.get(phase.get_absolute_url()).content.decode())
    assert set(names) == {f"export.{each.extension}" for each in TABLE_FORMATS}
