"""An organiser announces something: written, previewed, sent, delivered, and above every page until it is read."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from server.announcements.models import Announcement
from server.outbox.models import OutboxEmail
from tests.browser.axe import expect_axe_finds_nothing
from tests.browser.conftest import DESKTOP, PHONE, log_in
from tests.fixtures import PASSWORD
from tests.processes import eventually

pytestmark = [pytest.mark.browser, pytest.mark.both_setups, pytest.mark.django_db(transaction=True)]
SUBJECT = "The phase closes 12 hours later"


def test_from_the_form_to_the_mail_and_the_banner(
    page, open_browser, web, mailing_worker, organiser, alice, charlie, phase
):
    page.set_viewport_size(DESKTOP)
    log_in(page, organiser.email, PASSWORD, to="/organisers/announcements/")
    page.get_by_role("link", name="New announcement").click()
    page.get_by_label("Subject").fill(SUBJECT)
    page.get_by_label("Text", exact=False).first.fill("The server was **down**. See the [log](/log/).")
    page.get_by_label(str(phase), exact=True).check()
    page.get_by_label("On every page").fill(f"{timezone.now().year + 1}-01-01")
    page.get_by_role("button", name="Save and preview").click()
    expect(page.locator("[data-error-summary]")).to_contain_text("Tick “also on the site”")
    page.get_by_label("Also on the site").check()
    page.get_by_role("button", name="Save and preview").click()
    expect(page.get_by_text("2 people in 2 teams")).to_be_visible()
    expect(page.get_by_label("The mail as it will be read")).to_contain_text("The server was **down**.")
    expect(page.get_by_label("The text on the site").locator("strong")).to_have_text("down")
    look_at(page)
    second_tab = page.context.new_page()
    second_tab.goto(page.url)
    page.get_by_role("button", name="Send to 2 people").click()
    expect(page.get_by_text("Sent: the mails are in the outbox")).to_be_visible()
    second_tab.get_by_role("button", name="Send to 2 people").click()
    expect(second_tab.get_by_text("Nothing was sent again")).to_be_visible()
    eventually(lambda: not OutboxEmail.objects.filter(kind="announcement", sent_at=None).exists())
    told = [mail for mail in web.mails() if SUBJECT in mail["Subject"]]
    assert sorted(mail["To"] for mail in told) == ["alice@example.org", "charlie@example.org"]
    page.reload()
    expect(page.get_by_text("2 delivered, 0 waiting, 0 failed")).to_be_visible()
    look_at(page)
    look_at_banner(open_browser(color_scheme="dark"), phase.get_absolute_url())


def look_at_banner(page, board: str) -> None:
    """A visitor sees it on a kept board as well, hides it, and still finds it by keyboard and screen reader."""
    page.goto(board)
    banner = page.get_by_role("complementary", name="Announcements")
    expect(banner).to_contain_text(SUBJECT)
    look_at(page)
    banner.get_by_role("button", name="Hide").click()
    for address in ("/", board):
        page.goto(address)
        expect(banner).to_contain_text(SUBJECT)  # in the accessibility tree
        assert banner.bounding_box()["height"] <= 1
    banner.get_by_role("link", name=SUBJECT).focus()
    assert banner.bounding_box()["height"] > 20
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=SUBJECT)).to_be_visible()
    look_at(page)
    assert Announcement.objects.get().on_site


def look_at(page) -> None:
    for viewport in (PHONE, DESKTOP):
        page.set_viewport_size(viewport)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{page.url} is {wide} pixels too wide of {viewport['width']}"
        expect_axe_finds_nothing(page)


def test_without_script_a_decision_is_previewed_and_confirmed(open_browser, organiser, alice, alices, phase):
    page = open_browser(viewport=PHONE, java_script_enabled=False)
    log_in(page, organiser.email, PASSWORD, to=f"/organisers/teams/{alices.pk}/")
    page.get_by_role("link", name=f"Grant slots in {phase}").click()
    page.get_by_label("Slots beside the quota").fill("2")
    page.get_by_label("Reason").fill("The server was down.")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("region", name="What will follow")).to_contain_text("to 1 person")
    page.get_by_role("button", name="Grant the slots").click()
    expect(page.get_by_text("Done: grant alices more slots.")).to_be_visible()
    assert alices.grants.get().extra == 2
