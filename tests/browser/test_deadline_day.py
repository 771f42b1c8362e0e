"""The last minutes of a test phase with one slot left: wrong zip, forgotten words, and then the right one."""

import json
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from server.accounts.services import make_token
from server.submissions.models import Slot, Submission
from server.tracks.models import Phase
from tests.browser.conftest import BOTH_SIZES, log_in, zipped
from tests.fixtures import PASSWORD
from tests.ground_truths import distinct
from tests.processes import eventually

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def phase(open_phase, truth) -> Phase:
    """Segmentation, closes in four minutes, with two slots."""
    return open_phase(limit=2, closes_at=timezone.now() + timedelta(minutes=4))


@BOTH_SIZES
def test_a_team_with_one_slot_left_mends_its_submission_before_the_deadline(
    open_browser, worker, web, phase, truth, submitted, alice, tmp_path, wishes
):
    first = submitted(alice, method="long before")
    eventually(lambda: first.evaluations.filter(state="scored").exists())
    right = distinct(truth.guessed(0.9))
    page = open_browser(**wishes, timezone_id="Asia/Kolkata")
    log_in(page, alice.email, PASSWORD, to=phase.submit_url)
    see_what_is_left(page)
    submit_the_wrong_zip(page, truth)
    forget_the_declaration(page, right)
    state_too_many_parameters(page, phase)
    submit_the_right_zip(page)
    be_told_that_no_slot_is_left(page, phase)
    read_the_ledger(page)
    submit_the_same_zip_by_api(web, alice, phase, right, tmp_path)


def see_what_is_left(page: Page) -> None:
    dates = page.locator(".dates")
    expect(dates.locator("time")).to_contain_text("UTC")
    expect(dates.locator(".local")).to_contain_text("GMT+5:30 for you")
    expect(dates.locator(".countdown")).to_contain_text("closes in 3 min")
    expect(dates).to_contain_text("1 slot free")


def submit_the_wrong_zip(page: Page, truth) -> None:
    page.locator("input[type=file]").set_input_files(zipped(truth.mistaken()))
    page.get_by_label("Method").fill("last minute")
    page.get_by_label("Description").fill("Mended *twice*.")
    page.get_by_label("Parameters").fill("25.6M")
    page.get_by_label("We followed the rules").check()
    page.get_by_role("button", name="Send it all the same").click()
    page.wait_for_url("**/submissions/**")
    told = page.locator(".callout.danger")
    expect(told).to_contain_text(f"{len(truth.file_names)} problems")
    expect(told).to_contain_text("Your slot was returned")
    expect(told).to_contain_text("1 slot free")
    for name in truth.file_names:
        expect(page.locator(".files")).to_contain_text(name)
    page.get_by_role("link", name="Submit again").click()


def forget_the_declaration(page: Page, right: bytes) -> None:
    expect_entries(page, parameters="25600000")
    expect(page.get_by_label("We followed the rules")).not_to_be_checked()
    page.locator("input[type=file]").set_input_files(zipped(right))
    page.get_by_label("Parameters").fill("151M")
    page.get_by_role("button", name="Submit").click()
    expect(page.locator("[data-error-summary]")).to_contain_text("Declare that you followed the track’s rules")
    expect_entries(page, parameters="151M")


def state_too_many_parameters(page: Page, phase: Phase) -> None:
    page.get_by_label("We followed the rules").check()
    page.get_by_role("button", name="Submit").click()
    told = page.locator("[data-error-summary]")
    expect(told).to_contain_text("151,000,000")
    expect(told).to_contain_text(phase.track.parameter_rule)
    told.get_by_role("link", name="Parameters").click()
    expect(page.get_by_label("Parameters")).to_be_focused()
    expect_entries(page, parameters="151M")
    assert Slot.objects.filter(returned_at=None).count() == 1


def expect_entries(page: Page, parameters: str) -> None:
    expect(page.get_by_label("Method")).to_have_value("last minute")
    expect(page.get_by_label("Description")).to_have_value("Mended *twice*.")
    expect(page.get_by_label("Parameters")).to_have_value(parameters)


def submit_the_right_zip(page: Page) -> None:
    page.get_by_label("Parameters").fill("149.9M")
    page.get_by_role("button", name="Submit").click()
    page.wait_for_url("**/submissions/**")
    expect(page.locator(".stat dd").first).to_be_visible()
    expect(page.locator("main")).to_contain_text("149,900,000")


def be_told_that_no_slot_is_left(page: Page, phase: Phase) -> None:
    page.goto(phase.submit_url)
    told = page.locator(".callout.warning")
    expect(told).to_contain_text("No slot is left")
    expect(told).to_contain_text(
        "Your team has used all its submissions (2 in the whole phase). This phase adds no more."
    )
    expect(page.get_by_role("button", name="Submit")).to_have_count(0)
    page.get_by_role("link", name="quota history").click()


def read_the_ledger(page: Page) -> None:
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(3)
    expect(rows.nth(0)).to_contain_text("slot 2 taken")
    expect(rows.nth(0)).to_contain_text("used")
    expect(rows.nth(1)).to_contain_text("slot 2 taken")
    expect(rows.nth(1)).to_contain_text("rejected: 12 problems in the archive")
    expect(rows.nth(2)).to_contain_text("long before")
    expect(page.locator("main")).to_contain_text("0 of 2 free")


def submit_the_same_zip_by_api(web, user, phase: Phase, right: bytes, folder: Path) -> None:
    _, secret = make_token(user=user, label="cluster", scope="submit", days=1)
    archive = folder / "again.zip"
    archive.write_bytes(right)
    form = {"phase": phase.pk, "archive": f"@{archive}", "parameters": "149900000", "rules_kept": "true"}
    fields = [word for name, value in form.items() for word in ("--form", f"{name}={value}")]
    command = ["curl", "--silent", "--show-error", "--header", f"Authorization: Bearer {secret}", *fields]
    command += ["--write-out", "\n%{http_code}", f"{web.url}/api/v1/submissions/"]
    answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    body, _, status = answer.rpartition("\n")
    assert (status, json.loads(body)["state"]) == ("200", "scored"), answer
    assert Submission.objects.count() == 3
    assert Slot.objects.filter(returned_at=None).count() == 2
