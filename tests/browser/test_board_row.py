"""What a team and the organisers do with a row, by the pages: choose, withdraw, another name, shown or not yet."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, log_in
from tests.fixtures import PASSWORD
from tests.processes import eventually

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def scored(*submissions) -> list[str]:
    """The headline of each as the boards print it, once a worker has scored it."""
    eventually(lambda: all(one.evaluations.filter(state="scored").exists() for one in submissions))
    return [f"{one.evaluations.get().scores['mean_iou'] * 100:.2f}" for one in submissions]


def press(page: Page, name: str, told: str) -> None:
    page.get_by_role("button", name=name).click()
    expect(page.get_by_role("status").first).to_contain_text(told)


def expect_row(public: Page, headline: str, name: str = "alices") -> None:
    public.reload()
    row = public.locator(".board tbody tr")
    expect(row.locator(".headline")).to_have_text(headline)
    expect(row).to_contain_text(name)


def test_a_team_chooses_withdraws_and_puts_back_and_the_board_follows(
    open_browser, worker, web, open_phase, truth, submitted, alice
):
    phase = open_phase(slug="chosen", stands_on="chosen")
    better = submitted(alice, phase=phase, content=truth.guessed(0.9), method="better")
    worse = submitted(alice, phase=phase, content=truth.guessed(0.5), method="worse")
    best, chosen = scored(better, worse)
    page, public = open_browser(viewport=PHONE), open_browser()
    public.goto(phase.get_absolute_url())
    expect_row(public, best)
    log_in(page, alice.email, PASSWORD, to=worse.get_absolute_url())
    press(page, "Use this one on the leaderboard", "now uses this submission")
    expect_row(public, chosen)
    press(page, "Withdraw from the leaderboard", "Its slot stays used")
    expect(page.locator("main")).to_contain_text("Your team has withdrawn this submission")
    expect_row(public, best)
    press(page, "Undo the withdrawal", "is back on the leaderboard")
    press(page, "Use this one on the leaderboard", "now uses this submission")
    press(page, "Use our best submission instead", "uses your best submission again")
    expect_row(public, best)


def test_a_pseudonym_is_taken_and_given_up_on_the_pages(
    open_browser, worker, web, phase, submitted, alice, charlie
):
    (headline,) = scored(submitted(alice))
    page, public = open_browser(viewport=PHONE), open_browser()
    public.goto(phase.get_absolute_url())
    log_in(page, alice.email, PASSWORD, to="/team/")
    page.get_by_role("link", name=f"Use a pseudonym in {phase}").click()
    page.get_by_label("Pseudonym").fill("charlies")
    page.get_by_label("Until the end of").fill("2099-12-31")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("[data-error-summary]")).to_contain_text("Another team is called “charlies”")
    page.get_by_label("Pseudonym").fill("nightjar")
    press(page, "Save", "The leaderboard now shows this name")
    expect(page.locator("main")).to_contain_text("shown as “nightjar” until 31 Dec 2099")
    expect_row(public, headline, "nightjar")
    expect(public.locator("body")).not_to_contain_text("University of A")
    page.get_by_role("link", name=f"Use a pseudonym in {phase}").click()
    page.get_by_label("Pseudonym").fill("")
    press(page, "Save", "The leaderboard now shows this name")
    expect_row(public, headline, "University of A")


def test_hidden_results_are_seen_by_organisers_alone_until_they_show_them(
    open_browser, worker, web, open_phase, truth, submitted, alice, organiser
):
    kept = open_phase(slug="kept", title="Kept", results="by_organiser")
    ends = open_phase(slug="ends", title="Ends", results="after_close")
    mine, waits = submitted(alice, phase=kept), submitted(alice, phase=ends)
    headline, _ = scored(mine, waits)
    page, desk = open_browser(viewport=PHONE), open_browser()
    log_in(page, alice.email, PASSWORD, to=waits.get_absolute_url())
    expect(page.locator("main")).to_contain_text("They appear when the phase closes, on")
    page.goto(mine.get_absolute_url())
    expect(page.locator("main")).to_contain_text("Scored. The results are not public yet.")
    page.goto(kept.get_absolute_url())
    expect(page.locator(".empty")).to_contain_text("The results are not shown yet")
    assert headline not in page.content()
    log_in(desk, organiser.email, PASSWORD, to=mine.get_absolute_url())
    expect(desk.locator(".stat dd").first).to_contain_text(headline)
    desk.goto("/organisers/phases/")
    desk.get_by_role("link", name=f"Show the results of {kept}").click()
    expect(desk.locator("main")).to_contain_text("Public at once: 1 score of 1 team")
    desk.get_by_label("Reason").fill("All rows were checked.")
    press(desk, "Show the results", "One phase was changed")
    expect_row(page, headline)
