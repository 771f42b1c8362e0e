"""What people do twice: two tabs, the back button, a reload, and a log-out in another tab."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from server.submissions.models import Slot, Submission
from tests.browser.conftest import IN_THE_DARK, log_in, submit, zipped
from tests.fixtures import PASSWORD
from tests.ground_truths import distinct

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def fill_in(page: Page, archive: bytes | Path, parameters: str = "25.6M") -> None:
    chosen = archive if isinstance(archive, Path) else zipped(archive)
    page.locator("input[type=file]").set_input_files(chosen)
    page.get_by_label("Method").fill("once")
    page.get_by_label("Parameters").fill(parameters)
    page.get_by_label("We followed the rules").check()


def press(page: Page) -> None:
    page.get_by_role("button", name="Submit").click()


def test_of_two_tabs_one_gets_the_last_slot_and_the_other_is_told_and_keeps_its_words(
    page, web, open_phase, good_zip, alice
):
    phase = open_phase(limit=1)
    log_in(page, alice.email, PASSWORD, to=phase.submit_url)
    other = page.context.new_page()
    other.goto(phase.submit_url)
    fill_in(page, good_zip)
    fill_in(other, distinct(good_zip))
    press(page)
    page.wait_for_url("**/submissions/**")
    press(other)
    expect(other.locator("[data-error-summary]")).to_contain_text("No slot is left")
    expect(other.get_by_label("Method")).to_have_value("once")
    fill_in(other, good_zip)
    press(other)
    other.wait_for_url(page.url)
    expect(other.get_by_role("status").first).to_contain_text("submitted this archive on")
    assert Submission.objects.count() == Slot.objects.count() == 1


def test_going_back_shows_the_slots_as_they_are_now_and_hands_nothing_in_twice(
    page, web, phase, good_zip, submitted, alice, bob
):
    log_in(page, alice.email, PASSWORD, to=phase.submit_url)
    page.goto("/")
    submitted(bob)
    page.go_back()
    expect(page.locator(".slot.used, .slot.reserved")).to_have_count(1)
    submit(page, "segmentation", zipped(good_zip), "once", phase="now")
    address = page.url
    page.go_back()
    expect(page.locator(".slot.used, .slot.reserved")).to_have_count(2)
    expect(page.get_by_label("Method")).to_have_value("once")
    fill_in(page, good_zip)
    press(page)
    page.wait_for_url(address)
    page.reload()
    assert Submission.objects.count() == Slot.objects.count() == 2


def test_without_script_neither_a_reload_nor_a_second_sending_hands_in_twice(
    open_browser, web, phase, good_zip, alice, tmp_path
):
    archive = tmp_path / "results.zip"  # on the disk, or a reload would send an empty file
    archive.write_bytes(good_zip)
    page = open_browser(**IN_THE_DARK, java_script_enabled=False)
    log_in(page, alice.email, PASSWORD, to=phase.submit_url)
    fill_in(page, archive, parameters="151M")
    press(page)
    for _ in range(2):
        expect(page.locator("[data-error-summary]")).to_contain_text(phase.track.parameter_rule)
        expect(page.get_by_label("Method")).to_have_value("once")
        page.reload()
    assert not Submission.objects.exists()
    fill_in(page, archive)
    press(page)
    page.wait_for_url("**/submissions/**")
    address = page.url
    page.reload()
    page.goto(phase.submit_url)
    fill_in(page, archive)
    press(page)
    page.wait_for_url(address)
    assert Submission.objects.count() == Slot.objects.count() == 1


def test_who_logged_out_in_another_tab_is_told_and_hands_in_after_logging_in_there(
    page, web, phase, good_zip, alice
):
    log_in(page, alice.email, PASSWORD, to=phase.submit_url)
    fill_in(page, good_zip)
    other = page.context.new_page()
    other.goto("/")
    other.get_by_role("button", name="Log out").click()
    other.get_by_role("link", name="Log in").first.click()
    other.get_by_label("Password").wait_for()
    press(page)
    expect(page.locator("[data-error-summary]")).to_contain_text("You are logged out")
    assert not Submission.objects.exists()
    log_in(other, alice.email, PASSWORD)
    press(page)
    page.wait_for_url("**/submissions/**")
    assert Submission.objects.get().method == "once"
