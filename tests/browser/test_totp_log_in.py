"""Two-step log-in in Chromium: set up with a code from an app, used with a password, needed by organisers."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PASSWORD as SIGNED_UP
from tests.browser.conftest import PHONE, click_submit, log_in, sign_up
from tests.fixtures import PASSWORD
from tests.processes import site_of
from tests.totp import code_now

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def web(folders, tmp_path, shown):
    """A server that asks its organisers for a second step."""
    return shown(site_of(folders, tmp_path, STAFF_NEED_TOTP="true")).started()


def switch_on(page: Page) -> str:
    """From the page that shows the QR code to the one that shows the recovery codes; returns the secret."""
    expect(page.locator(".qr svg path")).to_be_visible()
    secret = page.locator(".code code").inner_text()
    page.get_by_label("Authenticator code").fill(code_now(secret))
    click_submit(page)
    page.get_by_role("heading", name="Recovery codes").wait_for()
    return secret


def give_code(page: Page, code: str) -> None:
    page.get_by_role("heading", name="Enter your code").wait_for()
    page.get_by_label("Code").fill(code)
    click_submit(page)


@pytest.mark.parametrize(
    "wishes", [{}, {"java_script_enabled": False, "viewport": PHONE}], ids=["desktop", "phone"]
)
def test_a_person_sets_it_up_and_logs_in_with_password_and_code(open_browser, alice, wishes):
    page = open_browser(**wishes)
    log_in(page, alice.email, PASSWORD, to="/account/")
    page.get_by_role("link", name="Set it up").click()
    secret = switch_on(page)
    recovery = page.locator(".code code").inner_text().split()
    assert len(recovery) == 10
    page.get_by_role("button", name="Log out").click()
    for code in (code_now(secret), recovery[0]):
        log_in(page, alice.email, PASSWORD, to="/account/2fa/authenticate/")
        give_code(page, code)
        expect(page.locator("header")).to_contain_text("alices")
        page.get_by_role("button", name="Log out").click()


def test_an_organiser_is_led_to_set_it_up_and_then_where_they_wanted_to_go(open_browser, organiser):
    page = open_browser()
    log_in(page, organiser.email, PASSWORD, to="/account/2fa/totp/activate/")
    page.goto("/admin/")
    expect(page.locator(".callout.warning")).to_contain_text("Organisers need two-step log-in")
    secret = switch_on(page)
    page.goto("/admin/tracks/")
    expect(page.get_by_role("heading", name="Tracks")).to_be_visible()
    other = open_browser()
    other.goto("/admin/tracks/")
    other.locator("input[name=login]").fill(organiser.email)
    other.locator("input[name=password]").fill(PASSWORD)
    click_submit(other)
    give_code(other, code_now(secret))
    other.wait_for_url("**/admin/tracks/")


def test_a_mailed_reset_link_sets_the_password_and_tells_nobody_its_key(page, web):
    sign_up(page, web, "Stella")
    page.get_by_role("button", name="Log out").click()
    page.goto("/account/password/reset/")
    page.locator("input[name=email]").fill("stella@example.org")
    click_submit(page)
    page.wait_for_url("**/done/")
    link = next(word for word in web.mails()[-1].get_content().split() if "/reset/key/" in word)
    referrers: list[str] = []
    page.on("request", lambda request: referrers.append(request.headers.get("referer", "")))
    page.goto(link)
    page.locator("input[name=password1]").fill(SIGNED_UP + " anew")
    page.locator("input[name=password2]").fill(SIGNED_UP + " anew")
    click_submit(page)
    page.get_by_role("button", name="Log out").wait_for()
    key = link.rstrip("/").rsplit("/", 1)[-1]
    assert len(referrers) > 3
    assert not [one for one in referrers if key in one]
