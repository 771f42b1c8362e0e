"""Re-scores by other options and by a new version of the scorer, from the pages to the published board.

A real worker packs, scores and says which rank moves are significant.
"""

import html
import json
import re
import subprocess
import sys

import pytest
from django.conf import settings
from django.urls import reverse

from server.outbox.models import OutboxEmail
from server.rescores.dry_run import progress_of
from server.rescores.models import Rescore
from server.site import demo_data
from server.submissions.models import Evaluation
from server.teams.services import create_team
from server.tracks.models import GroundTruth
from tests.copied_code import copy_of_code, running
from tests.ground_truths import distinct, generated, write
from tests.processes import eventually

pytestmark = [pytest.mark.both_setups, pytest.mark.django_db(transaction=True)]
REASON = "The background counts as well."
WITH, WITHOUT = "mean_iou_with_background", "mean_iou"
ENOUGH = 32  # images, for intervals
VERSION = 'VERSION: ClassVar[str] = "1.1"'
FIRST_CLASS = "first = 0 if self.background_in_mean else self.labels.count(0)"


class Desk:
    """What an organiser does on the pages of re-scores."""

    def __init__(self, browser) -> None:
        self.browser = browser

    def read(self, address: str) -> str:
        answer = self.browser.get(address)
        assert answer.status_code == 200
        return " ".join(html.unescape(answer.content.decode()).split())

    def send(self, address: str, **form) -> str:
        answer = self.browser.post(address, form, follow=True)
        assert answer.status_code == 200, re.findall(r'class="error[^>]*>([^<]*)', answer.content.decode())
        return " ".join(html.unescape(answer.content.decode()).split())

    def start(self, phase) -> Rescore:
        """With the newest ground truth, by its link on the page that lists what can be tried."""
        address = reverse("rescores:start", args=[GroundTruth.objects.order_by("created_at").last().pk])
        assert f'href="{address}">Try the ground truth' in self.read(reverse("rescores:index"))
        assert "The dry run has begun" in self.send(address, phases=[phase.pk], scope="all")
        return Rescore.objects.get()

    def publish(self, rescore, phase) -> str:
        """Read what follows and confirm it; returns what was read."""
        form = {"phases": [phase.pk], "reason": REASON}
        preview = self.send(page := reverse("rescores:publish", args=[rescore.pk]), **form)
        seen = re.search(r'name="seen" value="(\w+)"', preview)[1]
        assert "Published." in self.send(page, **form, seen=seen)
        return preview


@pytest.fixture
def desk(as_organiser) -> Desk:
    return Desk(as_organiser)


@pytest.fixture
def as_organiser(client_of, organiser):
    browser = client_of()
    browser.force_login(organiser)
    return browser


@pytest.fixture
def scored(submitted, alice, charlie, truth, start_worker):
    """A submission of each of two teams, and the worker that scored them."""
    worker = start_worker()
    rows = submitted(alice, content=truth.guessed(0.8)), submitted(charlie, content=truth.guessed(0.5))
    eventually(lambda: Evaluation.objects.filter(state="scored").count() == 2, 60)
    return rows, worker


def headlines(submissions, number: int, metric: str = WITHOUT) -> list[float]:
    return [one.evaluations.get(rule__number=number).scores[metric] for one in submissions]


def on_the_board(client, address: str) -> list[str]:
    """The headlines of both teams."""
    rows = client.get(address).content.decode().partition("<tbody")[2].partition("</tbody>")[0]
    return re.findall(r'<td class="n headline[^"]*"[^>]*>\s*([0-9.]+)', rows)


def in_percent(numbers: list[float]) -> list[str]:
    return [f"{100 * number:.2f}" for number in numbers]


def expect_published(client, phase, rows, before: list[str]) -> None:
    """The board, the one before it by its link, and the mail to each team."""
    expected = in_percent(headlines(rows, 1, WITH))  # which the old rule computed beside, and did not rank by
    assert expected != before
    page = html.unescape(client.get(phase.get_absolute_url()).content.decode())
    assert on_the_board(client, phase.get_absolute_url()) == expected
    assert REASON in page
    assert on_the_board(client, re.search(r'href="([^"]*\?at=[^"]*)"', page)[1]) == before
    for row, old, new in zip(rows, before, expected, strict=True):
        mail = OutboxEmail.objects.get(kind="rescored", user=row.submitted_by)
        assert f"before: {old} %, rank" in mail.text
        assert f"now:    {new} %, rank" in mail.text
        assert REASON in mail.text


def test_other_options_from_the_page_to_the_published_board(scored, desk, phase, client):
    rows, _ = scored
    before = on_the_board(client, phase.get_absolute_url())
    assert before == in_percent(headlines(rows, 1))
    rule = phase.published_rule()
    form = {"option_num_classes": 200, "option_ignore_label": 255, "option_background_in_mean": "on"}
    assert "A worker packs" in desk.send(reverse("rescores:options", args=[rule.pk]), **form)
    eventually(lambda: GroundTruth.objects.filter(state="ready").count() == 2, 60)
    rescore = desk.start(phase)
    eventually(lambda: Rescore.objects.get().differences, 60)
    eventually(lambda: "The dry run is complete" in desk.read(rescore.get_absolute_url()), 60)
    said = desk.read(rescore.get_absolute_url())
    assert "Options:" in said
    assert "0 of 12 images changed" in said
    assert on_the_board(client, phase.get_absolute_url()) == before
    assert "2 of 2 scores change" in desk.publish(rescore, phase)
    expect_published(client, phase, rows, before)
    assert phase.published_rule().options["background_in_mean"] is True


@pytest.fixture
def new_version(tmp_path):
    """The software with another version of the scorer, which counts the background."""
    copy = copy_of_code(tmp_path / "copy")
    scorer = copy / "evaluator" / "scorers" / "segmentation.py"
    text = scorer.read_text()
    assert VERSION in text
    assert FIRST_CLASS in text
    text = text.replace(VERSION, 'VERSION: ClassVar[str] = "2.0"').replace(FIRST_CLASS, "first = 0")
    scorer.write_text(text)
    return copy


def test_a_new_version_of_the_scorer_from_the_page_to_the_published_board(
    scored, new_version, start_worker, submitted, alice, truth, desk, phase, client
):
    """What was submitted after the update waits, and is scored by the new version alone."""
    rows, worker = scored
    before = on_the_board(client, phase.get_absolute_url())
    worker.stop()
    with running(new_version):
        start_worker()
        newest = submitted(alice, content=distinct(truth.guessed(0.7)), method="newest")
        options = reverse("rescores:options", args=[phase.published_rule().pk])
        assert "installed now: 2.0" in desk.read(options)
        desk.send(options, option_num_classes=200, option_ignore_label=255)
        eventually(lambda: GroundTruth.objects.filter(state="ready").count() == 2, 60)
        rescore = desk.start(phase)
        eventually(lambda: Rescore.objects.get().differences, 60)
        eventually(lambda: "The dry run is complete" in desk.read(rescore.get_absolute_url()), 60)
        assert "Scorer: segmentation 1.1 before, segmentation 2.0 now" in desk.read(rescore.get_absolute_url())
        assert newest.evaluations.get().state == "queued"
        desk.publish(rescore, phase)
        expect_published(client, phase, rows, before)
        eventually(lambda: newest.evaluations.get().state == "scored", 60)
        of_newest = newest.evaluations.get()
        assert (of_newest.rule.scorer_version, of_newest.scores[WITHOUT]) == ("2.0", of_newest.scores[WITH])
    assert phase.published_rule().scorer_version == "2.0"


# Rank moves


@pytest.fixture
def turned(phase, install_truth, truths, open_phase, tracks):
    """A phase with enough images, and a corrected ground truth of it: all masks were upside down."""
    install_truth("segmentation", images=ENOUGH)
    split = generated("segmentation", "test", ENOUGH)
    upright = demo_data.Split(split.track, {name: one[::-1].copy() for name, one in split.images.items()})
    truths.ready(tracks["segmentation"], "test", f"upright-{ENOUGH}", lambda folder: write(upright, folder))
    return open_phase(slug="turned"), split, upright


def test_a_worker_says_which_rank_moves_are_between_significantly_different_teams(
    turned, desk, submitted, person, start_worker
):
    """One team predicted the masks that were wrong, and two of equal skill those that are right."""
    phase, wrong, right = turned
    start_worker()
    for name, truth, skill, seed in (("Wrong", wrong, 0.9, 1), ("One", right, 0.9, 2), ("Two", right, 0.9, 3)):
        create_team(user=(user := person(name)), name=name.lower(), affiliation="")
        submitted(user, phase=phase, content=demo_data.submission(truth, skill, seed))
    eventually(lambda: Evaluation.objects.filter(state="scored").count() == 3, 60)
    rescore = desk.start(phase)
    eventually(lambda: progress_of(rescore).complete, 60)
    start_worker()  # which looks at once, and the other one once a minute
    eventually(lambda: Rescore.objects.get().significance, 90)
    page = " ".join(re.sub(r"<[^>]*>", " ", desk.read(rescore.get_absolute_url())).split())
    assert re.search(r"wrong .*? 1 → 3 interval 3 significantly different from the teams that passed it", page)
    assert by_hand(rescore)["wrong"]["rank_low"] == 3
    preview = desk.publish(rescore, phase)
    assert "3 teams move in rank. 3 of these moves are between significantly different teams." in preview


def by_hand(rescore: Rescore) -> dict[str, dict]:
    """The ranks that the command line says the teams have by the new rule."""
    new = Evaluation.objects.filter(rule=rescore.rule).select_related("submission__team")
    files = [f"{one.submission.team.name}={one.statistics_path}" for one in new]
    command = [sys.executable, "-m", "evaluator", "uncertainty", *files, "--json"]
    done = subprocess.run(command, cwd=settings.BASE_DIR, capture_output=True, text=True, check=True)
    return {team["name"]: team["place"] for team in json.loads(done.stdout.splitlines()[-1])["teams"]}
