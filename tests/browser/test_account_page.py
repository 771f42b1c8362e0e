"""The account page in the hands of somebody who makes a token."""

import pytest
from playwright.sync_api import Page, expect

from server.accounts.models import ApiToken
from server.post_only import NOTHING_CHANGED
from tests.browser.conftest import BOTH_SIZES, log_in
from tests.fixtures import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def make_token(page: Page, label: str) -> None:
    page.get_by_label("Label").fill(label)
    page.get_by_role("button", name="Create a token").click()


@BOTH_SIZES
@pytest.mark.parametrize("script", [True, False], ids=["script", "bare"])
def test_a_new_token_is_in_sight_and_a_reload_makes_no_other(open_browser, web, alice, wishes, script):
    page = open_browser(**wishes, java_script_enabled=script)
    log_in(page, alice.email, PASSWORD, to="/account/")
    make_token(page, "cluster")
    shown = page.locator(".callout.success code")
    expect(shown).to_be_in_viewport()
    assert ApiToken.objects.from_secret(shown.inner_text()) == ApiToken.objects.get()
    page.reload()
    expect(page.get_by_role("button", name="Revoke the token cluster")).to_be_visible()
    expect(shown).to_have_count(0)
    assert ApiToken.objects.count() == 1


def test_what_is_wrong_with_a_token_is_in_sight(page, web, alice):
    log_in(page, alice.email, PASSWORD, to="/account/")
    page.get_by_label("Label").evaluate("input => input.removeAttribute('required')")
    make_token(page, "")
    expect(page.locator(".errors").first).to_be_in_viewport()
    assert not ApiToken.objects.exists()


def test_the_address_of_the_form_leads_to_the_page(page, web, alice):
    log_in(page, alice.email, PASSWORD, to="/account/")
    page.goto("/account/tokens/")
    assert page.url.endswith("/account/#tokens")
    expect(page.get_by_text(NOTHING_CHANGED)).to_be_visible()
    expect(page.get_by_role("button", name="Create a token")).to_be_visible()
    assert not ApiToken.objects.exists()
