"""The desk in Chromium: nothing overflows, axe finds nothing, and it renews itself without taking the focus."""

import pytest
from django.contrib.admin import site
from django.urls import reverse
from playwright.sync_api import expect

from server.desk.models import PutAway
from server.submissions.models import Evaluation
from tests.browser.conftest import log_in
from tests.browser.desk_things import fill_the_desk
from tests.browser.test_every_page import look_at
from tests.fixtures import PASSWORD

HIDDEN_WIDTH = """Math.max(...[...document.querySelectorAll(".results"), document.documentElement].map(
    (one) => one.scrollWidth - one.clientWidth))"""

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def full_desk(submitted, alice, charlie, phase, good_zip) -> None:
    fill_the_desk(submitted, alice, charlie, phase, good_zip)


def test_a_full_desk_fits_every_screen_and_its_buttons_act(open_browser, full_desk, organiser):
    page = open_browser(timezone_id="Asia/Kolkata")
    log_in(page, organiser.email, PASSWORD)
    look_at(page, "/organisers/")
    page.get_by_role("button", name="Run again").click()
    expect(page.get_by_role("status").first).to_contain_text("is queued again")
    assert not Evaluation.objects.filter(state="failed").exists()
    before = PutAway.objects.count()
    page.get_by_role("button", name="Put away").first.click()
    expect(page.get_by_role("status").first).to_contain_text("Put away: ")
    assert PutAway.objects.count() == before + 1
    page.get_by_text("Put away (2)").click()
    page.get_by_role("button", name="Show again").first.click()
    expect(page.get_by_role("status").first).to_contain_text("On the desk again")


def test_the_desk_renews_itself_and_leaves_focus_and_unfolded_parts(open_browser, full_desk, organiser):
    page = open_browser()
    log_in(page, organiser.email, PASSWORD)
    page.clock.install()
    page.goto("/organisers/")
    button = page.get_by_role("button", name="Try again now").first
    button.focus()
    page.locator("#put-away").evaluate("one => one.open = true")
    key = button.get_attribute("id")
    Evaluation.objects.filter(state="failed").delete()
    expect(page.get_by_role("heading", name="Failed evaluations")).to_be_visible()
    page.clock.fast_forward(31_000)
    expect(page.get_by_role("heading", name="Failed evaluations")).to_have_count(0)
    assert page.evaluate("document.activeElement.id") == key
    expect(page.get_by_role("button", name="Show again")).to_be_visible()


def test_without_script_the_desk_is_the_same(open_browser, full_desk, organiser):
    page = open_browser(java_script_enabled=False)
    log_in(page, organiser.email, PASSWORD)
    page.goto("/organisers/")
    page.get_by_role("button", name="Try again now").first.click()
    expect(page.get_by_role("status").first).to_contain_text("is sent again within seconds")


def test_no_column_of_a_list_in_the_admin_is_cut_off_at_1280(open_browser, full_desk, admin):
    page, cut_off = open_browser(), {}
    log_in(page, admin.email, PASSWORD)
    for model in site._registry:
        name = f"{model._meta.app_label}_{model._meta.model_name}"
        page.goto(reverse(f"admin:{name}_changelist"))
        if wide := page.evaluate(HIDDEN_WIDTH):
            cut_off[name] = wide
    assert cut_off == {}
