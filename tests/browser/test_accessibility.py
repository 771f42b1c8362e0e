"""Names, headings, references, targets, contrast and the way of the tab key, on the pages that people fill in."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from server.teams.services import invite
from tests.browser.conftest import BOTH_SIZES, log_in, zipped
from tests.fixtures import PASSWORD
from tests.processes import eventually

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LOOK = (Path(__file__).parent / "accessibility.js").read_text()
COMING = ("/", "/account/login/", "/account/signup/", "/account/password/reset/")
DOCS = ("/docs/problems/", "/docs/problems/size_mismatch/", "/docs/refusals/")
ALONE = ("/team/create/", "/account/", "/account/2fa/totp/activate/", "/account/emails/", "/account/email/")
OF_A_TEAM = ("/team/", "/team/quota-history/", "/team/leave/", "/team/names/", "/team/invite/by-mail/")


FAULTY = """<!doctype html><html lang="en"><title>x</title><header></header><footer></footer><main>
<h1>One</h1><h3>Three</h3><input id="twice"><p id="twice" style="color: #999">pale</p><button> </button>
<a href="#nowhere" tabindex="3">there</a></main>"""


def expect_no_complaint(page: Page) -> None:
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert page.evaluate(LOOK) == [], f"{page.url}, {scheme}"


def look_at(page: Page, *addresses: str) -> None:
    for address in addresses:
        page.goto(address)
        expect_no_complaint(page)


def test_the_look_finds_what_is_wrong(chromium):
    page = chromium.new_page()
    page.set_content(FAULTY)
    found = " ".join(page.evaluate(LOOK))
    page.close()
    for fault in ("level 3 follows", "no name: <input", "no name: <button", "used twice", "id nowhere"):
        assert fault in found
    assert "a contrast of 2." in found
    assert "jumps the order" in found


@BOTH_SIZES
def test_nothing_stands_in_the_way_of_who_comes_and_of_who_is_alone(open_browser, web, phase, alice, dora, wishes):
    page = open_browser(**wishes)
    look_at(page, *COMING, *DOCS)
    log_in(page, dora.email, PASSWORD)
    join = invite(captain=alice).get_absolute_url()
    look_at(page, *ALONE, join, phase.submit_url)


@BOTH_SIZES
def test_nothing_stands_in_the_way_of_a_team(
    open_browser, worker, web, phase, submitted, truth, bob, alice, wishes
):
    scored, rejected = submitted(alice, method="ensemble"), submitted(alice, content=truth.mistaken())
    invite(captain=alice)
    eventually(
        lambda: all(one.evaluations.filter(finished_at__isnull=False).exists() for one in (scored, rejected))
    )
    page = open_browser(**wishes)
    log_in(page, alice.email, PASSWORD)
    own = (scored.get_absolute_url(), rejected.get_absolute_url(), phase.get_absolute_url())
    name = f"/tracks/{phase.track.slug}/{phase.slug}/pseudonym/"
    look_at(page, *OF_A_TEAM, *own, name, f"/team/members/{bob.pk}/remove/", f"/team/members/{bob.pk}/captain/")
    page.goto(phase.submit_url)
    page.locator("details").evaluate_all("all => all.forEach((one) => one.open = true)")
    expect_no_complaint(page)
    page.locator("input[type=file]").set_input_files(zipped(b"no zip", "maps.tar"))
    page.get_by_label("Link to code").fill("nowhere")
    page.get_by_role("button", name="Submit").click()
    expect(page.locator("[data-error-summary] li")).to_have_count(3)
    expect(page.locator("[data-error-summary]")).to_be_focused()
    expect_no_complaint(page)


def test_the_tab_key_goes_through_the_submission_from_top_to_bottom_and_is_seen(page, web, phase, alice):
    log_in(page, alice.email, PASSWORD, to=phase.submit_url)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    reached: list[tuple[str, float]] = []
    for _ in range(25):
        page.keyboard.press("Tab")
        name, top, outline = page.evaluate(
            "(({ name, textContent }, { outlineStyle }, { top }) =>"
            " [name || textContent.trim(), top + scrollY, outlineStyle])"
            "(document.activeElement, getComputedStyle(document.activeElement),"
            " document.activeElement.getBoundingClientRect())"
        )
        assert outline != "none", f"nobody sees that {name} has the focus"
        reached.append((name, top))
        if name == "Submit":
            break
    fields = ["archive", "method", "parameters", "description", "rules_kept", "Submit"]
    assert [name for name, _ in reached if name in fields] == fields
    assert [top for _, top in reached] == sorted(top for _, top in reached)
