"""Tables that are read to their edges: nothing that matters is out of sight, squeezed or seen through."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from server.submissions.models import Evaluation, State, Submission
from server.teams.models import Team
from tests.browser.conftest import DESKTOP, PHONE, log_in
from tests.fixtures import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LONG = "experiment_2026-11-28/predictions/resnet101_multiscale_flip/ILSVRC2012_test_00000042_epoch_120.png"
FOUND = ["RGB, 8 bit", "the central directory is damaged at byte 1,234,567,890", "label 255"]
EXPECTED = "8-bit grey or palette, one label per pixel, from 0 to 200, and nothing else"
FIXES = ["Save the label map itself: Image.fromarray(labels.astype(np.uint8)).save(name)", "Zip it anew."]
CODES = ["bad_mode", "unsupported_compression", "label_out_of_range"]


def box(page: Page, selector: str) -> dict[str, float]:
    found = page.locator(selector).first.bounding_box()
    assert found
    return found


@pytest.fixture
def rejected_page(open_browser, web, submitted, alice):
    """The page of a rejected archive with long names, at a size."""
    names = [LONG, "x" * 150 + ".png", "größe 1.png"]
    problems = [
        {"code": code, "file": names[n], "found": FOUND[n], "expected": EXPECTED, "fix": FIXES[n % 2]}
        for n, code in enumerate(CODES)
    ]
    submission = submitted(alice)
    result = {"state": State.REJECTED, "problems": problems, "problem_count": 3, "finished_at": timezone.now()}
    submission.evaluations.update(**result)

    def show(viewport: dict[str, int]) -> Page:
        page = open_browser(viewport=viewport)
        log_in(page, alice.email, PASSWORD, to=submission.get_absolute_url())
        return page

    return show


@pytest.mark.parametrize("viewport", [DESKTOP, {"width": 800, "height": 900}, PHONE], ids=["1280", "800", "390"])
def test_the_table_of_problems_shows_every_link_and_squeezes_no_column(rejected_page, viewport):
    page = rejected_page(viewport)
    for code in CODES:
        expect(page.locator("table").get_by_role("link", name=code)).to_be_visible()
    edges = page.locator("table a").evaluate_all("all => all.map((a) => a.getBoundingClientRect().right)")
    assert max(edges) <= viewport["width"]
    wrap = page.locator(".table-wrap")
    assert wrap.evaluate("e => e.scrollWidth - e.clientWidth") == 0
    widths = page.locator("tbody tr:first-child > *").evaluate_all("all => all.map((e) => e.clientWidth)")
    assert min(widths) >= 110
    assert page.evaluate("document.documentElement.scrollWidth") == viewport["width"]


@pytest.fixture
def board(phase, truth, web) -> str:
    """A board of thirty teams with long names and numbers of two and three digits."""
    now = timezone.now()
    for number in range(30):
        team = Team.objects.create(name=f"weak-but-willing-{number}", name_key=str(number), affiliation="A" * 40)
        told = {"archive_name": f"{number}.zip", "size": 1, "sha256": "0" * 64, "day": now.date()}
        told |= {"number_of_day": number, "began_at": now, "received_at": now}
        numbers = {"mean_iou": 1 - number / 100, "mean_accuracy": 0.5, "pixel_accuracy": 0.5}
        submission = Submission.objects.create(team=team, phase=phase, **told)
        scored = {"state": "scored", "scores": numbers, "finished_at": now}
        Evaluation.objects.create(submission=submission, rule=truth.rule, **scored)
    return phase.get_absolute_url()


# What the board shows once its intervals are known.
INTERVALS = """
  () => {
    document.querySelector(".table-wrap.wide").insertAdjacentHTML(
      "beforebegin", "<p class='interval-legend'><label><input type=checkbox checked></label></p>");
    document.querySelectorAll("tbody .rank").forEach((cell) => cell.insertAdjacentHTML(
      "beforeend", "<span class='interval-part'><span class='sub'>10–12</span><svg class='strip'></svg></span>"));
    document.querySelectorAll("tbody .headline").forEach((cell) => cell.insertAdjacentHTML(
      "beforeend",
      "<span class='interval-part'><svg class='interval'></svg><span class='sub'>98.73–100.00</span></span>"));
  }
"""


@pytest.mark.parametrize("width", [390, 360])
def test_a_phone_shows_rank_name_and_score_beside_each_other(open_browser, board, width):
    page = open_browser(viewport={"width": width, "height": 844})
    page.goto(board)
    page.evaluate(INTERVALS)
    wrap = box(page, ".table-wrap.wide")
    for cell in (".board thead .team + th", ".board tr:first-child .headline", ".board tr:last-child .headline"):
        found = box(page, cell)
        assert found["x"] + found["width"] <= wrap["x"] + wrap["width"]


def test_the_column_that_stays_is_opaque_and_every_row_has_whole_pixels(open_browser, board):
    """Else the scores that pass below it are seen, and its lines break beside those of the other columns."""
    page = open_browser(viewport=PHONE)
    page.goto(board)
    page.evaluate(INTERVALS)
    colour = page.locator(".board tbody .name").first.evaluate("(e) => getComputedStyle(e).backgroundColor")
    assert not re.search(r"rgba|/", colour), colour
    heights = page.locator(".board tr").evaluate_all("all => all.map((e) => e.getBoundingClientRect().height)")
    assert [height for height in heights if height != round(height)] == []
