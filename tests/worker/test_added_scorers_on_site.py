"""Two scorers, each one new file and its line in a copy of the code: from the admin to every page and file.

The copy's worker packs their ground truth, scores submissions and computes intervals; what the site says of them
comes from their declarations alone.
"""

import csv
import io
import json
import re
import zipfile
from datetime import timedelta
from io import StringIO
from types import SimpleNamespace

import numpy as np
import pytest
from added_scorers import copy_with_added_scorers
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from factories import pngs

from leaderboard.intervals.queries import intervals_of
from server.outbox.models import OutboxEmail
from server.submissions.models import Evaluation
from server.teams.services import create_team, team_of
from server.tracks.models import GroundTruth, Phase, Track
from tests.copied_code import copy_of_code, running
from tests.leaderboard.texts import assert_sound_tex
from tests.processes import eventually

pytestmark = pytest.mark.django_db(transaction=True)
SOON = {"INTERVALS_AFTER_SECONDS": 0.5}
SIZE, IMAGES = (40, 60), 8
NAMES = [f"{number}.png" for number in range(IMAGES)]
RULES = [{"rule": "Be kind.", "enforced": ""}]
OTHER_WORDS = re.compile(r"IoU|iou|Threshold")  # of scorers that these two are not


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A copy of the code with both scorers."""
    return copy_with_added_scorers(copy_of_code(tmp_path_factory.mktemp("copy"), ("leaderboard", "server")))


@pytest.fixture(autouse=True)
def added(copy):
    """The processes that a test starts run the copy, and this one asks its evaluator."""
    with running(copy):
        yield


@pytest.fixture
def by_admin(client_of, admin):
    """Fill in a form of the admin: `by_admin("tracks_track_add", …)`."""
    browser = client_of()
    browser.force_login(admin)

    def fill(address: str, **fields) -> None:
        answer = browser.post(address, fields)
        assert answer.status_code == 302, re.findall(r"errorlist.*", answer.content.decode())

    return fill


@pytest.fixture
def new_track(by_admin, tracks):
    """A fourth track with a scorer and its ground truth, both made in the admin, and a phase that is open."""

    def make(scorer: str, truth: dict[str, np.ndarray], **facts) -> Phase:
        texts = {name: f"The {name}." for name in ("title", "task", "data", "labels")}
        own = {"number": 4, "slug": "fourth", "short_title": "Fourth", "scorer": scorer}
        options = facts.pop("options", {})
        by_admin(reverse("admin:tracks_track_add"), **texts, **own, **facts)
        Track.objects.filter(slug="fourth").update(rules=RULES)
        track, now = Track.objects.get(slug="fourth"), timezone.now()
        uploaded = {"file": SimpleUploadedFile("truth.zip", zipped(truth)), "publish_when_ready": "on"}
        defaults = {
            f"option_{name}": "" if value is None else value for name, value in track.description.options.items()
        }
        chosen = defaults | {f"option_{name}": value for name, value in options.items()}
        by_admin(reverse("ground_truth:upload", args=[track.slug]), split="test", **chosen, **uploaded)
        dates = {"opens_at": now - timedelta(hours=1), "closes_at": now + timedelta(days=1)}
        shown = {"details": Phase.Details.AT_ONCE}
        return Phase.objects.create(track=track, slug="now", title="Now", split="test", limit=9, **dates, **shown)

    return make


@pytest.fixture
def contest(start_worker, submitted, alice, charlie, dora):
    """Have alices, charlies and doras submit these maps, in this order, and a real worker score them."""
    create_team(user=dora, name="doras", affiliation="")

    def run(phase: Phase, *of_each: dict[str, np.ndarray]) -> None:
        start_worker(**SOON)
        eventually(lambda: GroundTruth.objects.get(track=phase.track).state not in {"draft", "packing"}, 60)
        assert phase.published_rule(), GroundTruth.objects.get(track=phase.track).problem
        for user, maps in zip((alice, charlie, dora), of_each, strict=True):
            submitted(user, phase=phase, content=zipped(maps), method=f"by {user.name}")
        eventually(lambda: (known := intervals_of(phase)) and known.current and len(known.visible) == 3, 90)

    return run


@pytest.fixture
def site(client):
    """Read what anyone sees of a phase: `site(phase).page("board")`, `.file("csv")`, `.api()`."""
    return lambda phase: Site(client, phase)


class Site:
    """The pages, files and JSON of a phase and its track."""

    def __init__(self, client, phase: Phase) -> None:
        self.client, self.phase = client, phase
        self.words = [phase.track.slug, phase.slug]

    def get(self, url: str, status: int = 200) -> str:
        answer = self.client.get(url)
        assert answer.status_code == status, (url, answer.status_code)
        return answer.content.decode()

    def page(self, name: str, query: str = "", status: int = 200) -> str:
        """A page of the phase as text without tags."""
        return plain(self.get(reverse(f"leaderboard:{name}", args=self.words) + query, status))

    def file(self, extension: str, status: int = 200) -> str:
        return self.get(reverse("leaderboard:board_export", args=[*self.words, extension]), status)

    def classes(self, extension: str) -> str:
        return self.get(reverse("leaderboard:classes_export", args=[*self.words, extension]))

    def api(self) -> SimpleNamespace:
        board = json.loads(self.get(reverse("api:leaderboard", args=[self.phase.pk])))
        track = json.loads(self.get(reverse("api:track", args=[self.phase.track.slug])))
        return SimpleNamespace(columns=board["columns"], rows=board["rows"], track=track)


def plain(html: str) -> str:
    """The text of a page's content, white space as one blank, and nothing of other tracks."""
    content = html.partition('<main id="main"')[2].partition(">")[2].partition("</main>")[0]
    return " ".join(re.sub(r"<[^>]*>", " ", content).split())


def zipped(maps: dict[str, np.ndarray]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in pngs(maps).items():
            archive.writestr(name, content)
    return file.getvalue()


def square(row: int, column: int, value: int = 255) -> np.ndarray:
    """A map of zeros with a square of 5 × 5 pixels around a position."""
    pixels = np.zeros(SIZE, np.uint8)
    pixels[row - 2 : row + 3, column - 2 : column + 3] = value
    return pixels


def keys_of(*teams: str) -> list[str]:
    """The evaluations of these teams' only submissions."""
    return [str(Evaluation.objects.get(submission__team__name=name).pk) for name in teams]


# A distance in pixels: lower is better


def moved(away: int) -> dict[str, np.ndarray]:
    """Maps whose squares lie `away` and `away + 1` pixels beside the object, by turns."""
    return {name: square(8, 10 + away + number % 2) for number, name in enumerate(NAMES)}


def test_a_distance_in_pixels_ranks_and_reads_rightly_everywhere(new_track, contest, site, alice, client_of):
    phase = new_track("centroid-distance", {name: square(8, 10) for name in NAMES})
    contest(phase, moved(9), moved(1), moved(4))
    seen = site(phase)
    check_track_page_of_distance(seen)
    check_board_of_distance(seen)
    check_comparison_of_distance(seen)
    check_files_of_distance(seen)
    check_api_of_distance(seen)
    check_own_pages_of_distance(client_of(), alice, phase)


def check_track_page_of_distance(seen: Site) -> None:
    text = plain(seen.get(seen.phase.track.get_absolute_url()))
    assert "8-bit grey, no palette: the higher a pixel" in text
    assert "Mean Distance (ranks, lower is better) = mean distance in pixels" in text
    assert "bird_0001.png" in text
    assert "centroid-distance 1.0, foreground_above=128" in text
    assert 'class="accent-4"' in seen.get(seen.phase.track.get_absolute_url())
    assert not OTHER_WORDS.search(text)
    assert "Mean Distance of charlies, rank 1 in Now 1.5 px" in plain(seen.get("/"))


def check_board_of_distance(seen: Site) -> None:
    text = seen.page("board")
    assert "ranked by Mean Distance as printed, the lowest first." in text
    assert "Mean Distance px" in text
    assert "Hits %" in text
    assert re.findall(r"Compare (alices|charlies|doras)", seen.get(seen.phase.get_absolute_url())) == [
        *("charlies", "doras", "alices")
    ]
    assert re.search(r"charlies 1\.5 .*100\.00 .*doras 4\.5 .*0\.00 .*alices .*9\.5 .*0\.00", text)
    assert "Class by class" not in text
    assert not OTHER_WORDS.search(text)
    by_distance = seen.get(f"{seen.phase.get_absolute_url()}?sort=mean_distance&dir=desc")
    assert "by Mean Distance, highest first" in by_distance
    assert "sort=mean_distance&amp;dir=asc" in seen.get(seen.phase.get_absolute_url())  # a first click: best first
    history = re.findall(r"<title>(\w+): ([\d.]+)</title>", seen.get(seen.phase.get_absolute_url()))
    assert history == [("alices", "9.5"), ("charlies", "1.5")]
    seen.page("classes", status=404)
    assert "this board has none" in seen.page("curves")


def check_comparison_of_distance(seen: Site) -> None:
    near, far = keys_of("charlies", "alices")
    text = seen.page("compare", f"?rows={far}&rows={near}")
    assert re.search(r"charlies beside alices : −8\.0 px in Mean Distance ?\.", text)
    assert "too few to tell ranks apart" in text
    assert "Lower is better" in text
    assert not OTHER_WORDS.search(text)


def check_files_of_distance(seen: Site) -> None:
    head, *lines = csv.reader(StringIO(seen.file("csv"), newline=""))
    assert head[3:5] == ["Mean Distance (px)", "Hits (%)"]
    assert {"Mean Distance (px), low", "Hits (%), high"} <= set(head)
    assert [line[:5] for line in lines] == [
        ["1", "charlies", "", "1.5", "100.00"],
        ["2", "doras", "", "4.5", "0.00"],
        ["3", "alices", "University of A", "9.5", "0.00"],
    ]
    board = json.loads(seen.file("json"))
    distance = {"key": "mean_distance", "title": "Mean Distance", "unit": "px"}
    assert board["columns"][0] == distance | {"decimals": 1, "higher_is_better": False}
    assert board["rows"][0]["values"] == {"mean_distance": 1.5, "hits": 100.0}
    assert "| Rank | Team | Affiliation | Mean Distance (px) | Hits (%) |" in seen.file("md")
    tex = seen.file("tex")
    assert_sound_tex(tex)
    assert "Mean Distance in px; Hits in percent." in tex
    assert "centroid-distance 1.0" in seen.file("bib")
    for extension in ("svg", "pgf.tex", "curves.csv", "curves.json"):
        seen.file(extension, status=404)
    for feed in (reverse("leaderboard:phase_feed", args=seen.words), reverse("leaderboard:feed")):
        assert "charlies: Mean Distance 1.5 px in Fourth: Now" in seen.get(feed)


def check_api_of_distance(seen: Site) -> None:
    api = seen.api()
    distance = {"key": "mean_distance", "title": "Mean Distance", "unit": "px"}
    assert api.columns[0] == distance | {"decimals": 1, "higher_is_better": False}
    assert (api.track["columns"], api.track["scorer"]) == (api.columns, "centroid-distance")
    assert [row["team"]["name"] for row in api.rows] == ["charlies", "doras", "alices"]
    first = api.rows[0]
    assert first["scores"] == {"mean_distance": 1.5, "hits": 1.0}
    assert first["intervals"]["mean_distance"]["low"] <= 1.5 <= first["intervals"]["mean_distance"]["high"]
    assert (first["rank"], first["rank_low"], first["rank_high"], first["curve"]) == (1, None, None, None)


def check_own_pages_of_distance(browser, alice, phase: Phase) -> None:
    browser.force_login(alice)
    submission = team_of(alice).submissions.get()
    own = plain(browser.get(submission.get_absolute_url()).content.decode())
    assert re.search(r"Mean Distance 9\.5 px .*Hits 0\.00 % .*Rank 3", own)
    assert not OTHER_WORDS.search(own)
    assert "9.5 px Mean Distance" in plain(browser.get("/team/").content.decode())
    mail = OutboxEmail.objects.get(kind="scored", user=alice)
    assert "  Mean Distance: 9.5 px\n  Hits: 0.00 %" in mail.text


# Dice: a fraction for each class


def cells(even=(1, 2), odd=(1, 2)) -> dict[str, np.ndarray]:
    """A square of each of these classes, in images of even and of odd numbers."""
    of_number = {name: (even, odd)[number % 2] for number, name in enumerate(NAMES)}
    return {name: sum(square(8 + 12 * (label - 1), 20, label) for label in of_number[name]) for name in NAMES}


def test_dice_of_each_class_reads_rightly_everywhere(new_track, contest, site, admin, client_of):
    names = "0 background\n1 cell\n2 nucleus"
    phase = new_track("dice", cells(), options={"num_classes": 3}, class_names=names)
    contest(phase, cells(even=(1,), odd=(1,)), cells(), cells(odd=(1,)))
    seen = site(phase)
    check_board_of_dice(seen)
    check_classes_of_dice(seen)
    check_comparison_of_dice(seen)
    check_files_of_dice(seen)
    browser = client_of()
    browser.force_login(admin)
    rows = browser.get(reverse("admin:leaderboard_board_change", args=[phase.pk])).content.decode()
    assert '<th class="number">Mean Dice</th>' in rows


def check_board_of_dice(seen: Site) -> None:
    text = seen.page("board")
    assert "ranked by Mean Dice as printed." in text
    assert re.search(r"charlies 100\.00 .*doras 83\.33 .*alices .*50\.00", text)
    assert "Class by class" in text
    assert not OTHER_WORDS.search(text)
    track = plain(seen.get(seen.phase.track.get_absolute_url()))
    assert "Dice(c) = 2 TP(c) / (2 TP(c) + FP(c) + FN(c))" in track
    assert "cell_0001.png" in track
    api = seen.api()
    assert [column["title"] for column in api.track["columns"]] == ["Mean Dice"]
    assert [row["scores"] for row in api.rows] == [{"mean_dice": 1.0}, {"mean_dice": 0.8333}, {"mean_dice": 0.5}]


def check_classes_of_dice(seen: Site) -> None:
    best, other = keys_of("charlies", "doras")
    text = seen.page("classes", f"?team={best}&against={other}&sort=-dice")
    assert "Dice in percent, with the 95 % interval" in text
    assert "charlies wins 1, ties 1, loses 0 against doras" in text
    assert re.search(r"Label Class Bars Dice Difference Pixels", text)
    assert "Dice, largest first" in text
    assert "Background is no class and does not count in the mean." in text
    assert re.search(r"2 nucleus 100\.00 66\.67 .*\+33\.33 200", text)
    assert "class 3 absent from the truth" in text
    assert not OTHER_WORDS.search(text)


def check_comparison_of_dice(seen: Site) -> None:
    best, other = keys_of("charlies", "doras")
    text = seen.page("compare", f"?rows={best}&rows={other}")
    assert "charlies beside doras : +16.67 in Mean Dice" in text
    assert "Dice in percent, the 1 classes with the largest spread" in text
    assert not OTHER_WORDS.search(text)


def check_files_of_dice(seen: Site) -> None:
    head, *lines = csv.reader(StringIO(seen.classes("csv"), newline=""))
    assert head[:5] == ["Label", "Class", "charlies Dice (%)", "charlies low (%)", "charlies high (%)"]
    assert [line[1:3] for line in lines] == [
        *(["background", "100.00"], ["cell", "100.00"], ["nucleus", "100.00"], ["class 3", ""])
    ]
    classes = json.loads(seen.classes("json"))
    dice = {"key": "dice", "title": "Dice", "unit": "%", "decimals": 2, "higher_is_better": True}
    assert (classes["columns"], classes["unit"]) == ([dice], "%")
    assert classes["classes"][1]["values"][0]["dice"] == 100.0
    head, *_ = csv.reader(StringIO(seen.file("csv"), newline=""))
    assert head[3] == "Mean Dice (%)"
    assert "Mean Dice in percent." in seen.file("tex")
    assert "charlies: Mean Dice 100.00 % in Fourth: Now" in seen.get(reverse("leaderboard:feed"))
