"""On a slow network a form is changed before its script has arrived: the script finds the change."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, Route, expect

from server.submissions.models import Evaluation, Submission
from tests.browser.conftest import log_in, zipped
from tests.fixtures import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def board(open_phase, install_truth, alices, charlies) -> list[str]:
    """The track and the phase of a localization board of two teams."""
    truth = install_truth("localization", images=3)
    phase = open_phase("localization", slug="maps")
    for number, team in enumerate((alices, charlies)):
        at = timezone.now() - timedelta(minutes=9 - number)
        own = {
            "archive_name": f"{number}.zip",
            "size": 1,
            "sha256": "0" * 64,
            "day": at.date(),
            "number_of_day": 1,
        }
        submission = Submission.objects.create(team=team, phase=phase, began_at=at, received_at=at, **own)
        curve = [0.5 - number / 10] * 256
        scores = {"peak_iou": curve[0], "peak_threshold": 255}
        result = {"state": "scored", "finished_at": at, "scores": scores, "curve": curve}
        Evaluation.objects.create(submission=submission, rule=truth.rule, **result)
    return ["localization", "maps"]


def hold_scripts(page: Page) -> Callable[[], None]:
    """Keep scripts from arriving; returns what lets them arrive."""
    held: list[Route] = []
    arrive = False

    def handle(route: Route) -> None:
        if arrive:
            route.continue_()
        else:
            held.append(route)

    def release() -> None:
        nonlocal arrive
        arrive = True
        for route in held:
            route.continue_()

    page.route("**/*.js", handle)
    return release


def test_a_team_left_out_of_the_curves(page, board):
    release = hold_scripts(page)
    page.goto(reverse("leaderboard:curves", args=board), wait_until="commit")
    page.get_by_label("charlies").uncheck()
    expect(page.locator("svg [data-series]")).to_have_count(2)
    release()
    expect(page.locator("svg [data-series]")).to_have_count(1)
    page.wait_for_url("**?teams=*")


def test_a_search_typed_into_the_board(page, board):
    release = hold_scripts(page)
    page.goto(reverse("leaderboard:board", args=board), wait_until="commit")
    page.get_by_label("Find a team").fill("charlies")
    release()
    expect(page.locator("tbody tr:visible")).to_have_count(1)
    page.wait_for_url("**?find=charlies")


def test_a_file_chosen_for_upload(page, board, alice):
    address = reverse("submissions:submit", args=board)
    log_in(page, alice.email, PASSWORD, to=address)
    release = hold_scripts(page)
    page.goto(address, wait_until="commit")
    page.locator("input[type=file]").set_input_files(zipped(b"no zip", "maps.tar"))
    release()
    expect(page.get_by_text("maps.tar,")).to_be_visible()
