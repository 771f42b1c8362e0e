"""How people come: alone, and invited into a team by mail; each from the first page to a row on the board."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import (
    BOTH_SIZES,
    IN_THE_DARK,
    IN_THE_LIGHT,
    click_submit,
    create_team,
    fill_in_sign_up,
    log_in,
    mailed_link,
    sign_up,
    submit,
    zipped,
)
from tests.fixtures import PASSWORD
from tests.processes import eventually

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WITHOUT_SCRIPT = IN_THE_DARK | {"java_script_enabled": False}


def see_the_score_and_the_row(page: Page, team: str) -> None:
    eventually(lambda: page.locator(".stat").count() or (page.reload() and None))
    score = page.locator(".stat dd").first.inner_text().split()[0]
    page.get_by_role("link", name="To the leaderboard").click()
    row = page.locator(".board tbody tr", has_text=team)
    expect(row.locator(".rank")).to_have_text("1")
    expect(row.locator(".headline")).to_have_text(score)
    expect(row).to_contain_text("your team")


@BOTH_SIZES
def test_a_stranger_alone_comes_to_a_ranked_row_and_is_mailed_of_it(
    open_browser, web, mailing_worker, phase, good_zip, wishes
):
    page = open_browser(**wishes)
    sign_up(page, web, "Stella")
    create_team(page, "strangers", "University of Nowhere")
    submit(page, "segmentation", zipped(good_zip), "first try", phase="now")
    see_the_score_and_the_row(page, "University of Nowhere")
    page.goto(mailed_link(web, "/submissions/"))
    expect(page.get_by_role("heading", level=1)).to_have_text("first try")


@pytest.mark.parametrize("wishes", [IN_THE_LIGHT, WITHOUT_SCRIPT], ids=["desktop", "phone, no script"])
def test_an_invited_stranger_comes_back_to_the_invitation_and_hands_in_with_the_team(
    open_browser, web, mailing_worker, phase, good_zip, alice, wishes
):
    captain, page = open_browser(**wishes), open_browser(**wishes)
    log_in(captain, alice.email, PASSWORD, to="/team/")
    captain.get_by_label("E-mail address").fill("stella@example.org")
    captain.get_by_role("button", name="Send an invitation").click()
    expect(captain.get_by_role("status").first).to_contain_text("will be sent shortly")
    page.goto(mailed_link(web, "/team/join/"))
    expect(page.get_by_role("status").first).to_contain_text("sign up if you are new here")
    page.locator("main").get_by_role("link", name="Sign up").click()
    fill_in_sign_up(page, "Stella")
    page.goto(mailed_link(web, "/confirm-email/"))
    click_submit(page)
    page.get_by_role("button", name="Join alices").click()
    expect(page.get_by_role("status").first).to_contain_text("You are now in alices")
    submit(page, "segmentation", zipped(good_zip), "by the new one", phase="now")
    see_the_score_and_the_row(page, "alices")
    captain.goto("/team/")
    expect(captain.locator("#submissions ~ .table-wrap").first).to_contain_text("by Stella")
