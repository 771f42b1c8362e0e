"""On a slow network a form is changed before its script has arrived: the script finds the change."""

from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import log_in, zipped
from tests.fixtures import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


BOARD = ["localization", "maps"]


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


def test_a_team_left_out_of_the_curves(page, curves_of_two):
    release = hold_scripts(page)
    page.goto(reverse("leaderboard:curves", args=BOARD), wait_until="commit")
    page.get_by_label("charlies").uncheck()
    expect(page.locator("svg [data-series]")).to_have_count(2)
    release()
    expect(page.locator("svg [data-series]")).to_have_count(1)
    page.wait_for_url("**?teams=*")


def test_a_search_typed_into_the_board(page, curves_of_two):
    release = hold_scripts(page)
    page.goto(reverse("leaderboard:board", args=BOARD), wait_until="commit")
    page.get_by_label("Find a team").fill("charlies")
    release()
    expect(page.locator("tbody tr:visible")).to_have_count(1)
    page.wait_for_url("**?find=charlies")


def test_a_file_chosen_for_upload(page, curves_of_two, alice):
    address = reverse("submissions:submit", args=BOARD)
    log_in(page, alice.email, PASSWORD, to=address)
    release = hold_scripts(page)
    page.goto(address, wait_until="commit")
    page.locator("input[type=file]").set_input_files(zipped(b"no zip", "maps.tar"))
    release()
    expect(page.get_by_text("maps.tar,")).to_be_visible()
