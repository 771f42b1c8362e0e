"""From a stranger's sign-up to a ranked row and a curve, in Chromium, with a real worker."""

import json
import subprocess

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, create_team, log_in, sign_up, submit
from tests.fixtures import PASSWORD
from tests.processes import eventually

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("default:.* runs on generated data"),  # told in the summary, and no error
]
BOTH_SETUPS = pytest.mark.both_setups  # the others ask what the browser does, whatever stands behind the pages
EVERY_TRACK = pytest.mark.parametrize("case", ["segmentation", "scene-parsing", "localization"], indirect=True)
LOCALIZATION = pytest.mark.parametrize("case", ["localization"], indirect=True)
SEGMENTATION = pytest.mark.parametrize("case", ["segmentation"], indirect=True)


@BOTH_SETUPS
@EVERY_TRACK
def test_a_stranger_signs_up_hands_in_and_sees_score_row_and_curve(page, web, worker, case):
    sign_up(page, web, "Stella")
    create_team(page, "strangers", "University of Nowhere")
    submit(page, case.track, case.archive, "first try")
    expect(page.get_by_text("Scored", exact=True).first).to_be_visible()  # the page moved by itself
    expect(page.locator(".stat dd").first).to_contain_text(case.headline)
    page.get_by_role("link", name="To the leaderboard").click()
    row = page.locator(".board tbody tr", has_text="strangers")
    expect(row.locator(".rank")).to_have_text("1")
    expect(row.locator(".headline")).to_have_text(case.headline)
    if case.track == "localization":
        points = page.locator("svg [data-series] polyline").get_attribute("points").split()
        assert len(points) == 256


@BOTH_SETUPS
@SEGMENTATION
def test_a_rejected_zip_names_every_file_and_gives_the_slot_back(page, web, worker, case):
    sign_up(page, web, "Stella")
    create_team(page, "strangers")
    submit(page, case.track, case.rejected, faulty=True)
    expect(page.locator(".callout.danger")).to_contain_text(f"{len(case.images)} problems")
    for image in case.images:
        expect(page.get_by_text(f"{image}.png").first).to_be_visible()
    page.goto("/team/quota-history/")
    expect(page.locator("tbody tr").first).to_contain_text("returned")
    page.goto(f"/tracks/{case.track}/validation/submit/")
    expect(page.locator(".slot.used, .slot.reserved")).to_have_count(0)


@BOTH_SETUPS
@LOCALIZATION
def test_the_page_shows_the_queue_before_a_worker_comes_and_then_a_curve_that_keys_read_out(
    page, start_worker, case, alice
):
    log_in(page, alice.email, PASSWORD)
    submit(page, case.track, case.archive)
    expect(page.locator("main")).to_contain_text("Received")
    expect(page.locator("main")).to_contain_text("Slot 1 of 10 is reserved")
    expect(page.locator("main")).to_contain_text("position 1")
    start_worker()
    expect(page.locator(".stat dd").first).to_contain_text(case.headline)
    curve = page.locator("svg[data-curves][tabindex]")
    curve.focus()
    curve.press("Home")
    curve.press("ArrowRight")
    expect(page.locator("[data-readout]")).to_contain_text("threshold 1")


@LOCALIZATION
def test_without_script_the_plain_form_hands_in_and_the_curve_is_whole(open_browser, worker, case, alice):
    page = open_browser(java_script_enabled=False, viewport=PHONE)
    log_in(page, alice.email, PASSWORD)
    submit(page, case.track, case.archive)
    assert eventually(lambda: page.reload() and page.locator("svg polyline").count())
    expect(page.locator(".stat dd").first).to_contain_text(case.headline)


@BOTH_SETUPS
@SEGMENTATION
def test_a_cancelled_submission_gives_its_slot_back(page, web, case, alice):
    log_in(page, alice.email, PASSWORD)
    submit(page, case.track, case.archive)
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("main")).to_contain_text("Your slot was returned")


CANNOT_BE_TAKEN = {  # the file: what is said of it
    ("results.zip", b"not a zip at all"): "another kind",
    ("empty.zip", b""): "empty",
    ("maps.tar", b"PK\x03\x04"): ".zip",
}


@SEGMENTATION
def test_a_file_that_cannot_be_taken_is_explained_and_costs_nothing(page, case, alice):
    log_in(page, alice.email, PASSWORD)
    for (name, content), said in CANNOT_BE_TAKEN.items():
        page.goto(f"/tracks/{case.track}/validation/submit/")
        page.get_by_label("Method").fill("kept words")
        page.locator("input[type=file]").set_input_files({"name": name, "mimeType": "", "buffer": content})
        page.get_by_role("button", name="Submit").click()
        told = page.locator("[data-error-summary], [data-check-faulty]").filter(visible=True)
        expect(told).to_contain_text(said)
        expect(page.get_by_label("Method")).to_have_value("kept words")
        page.reload()
        expect(page.locator(".slot.used, .slot.reserved")).to_have_count(0)


@BOTH_SETUPS
@EVERY_TRACK
def test_a_program_hands_in_with_a_token_made_on_the_account_page(page, web, worker, case, alice):
    log_in(page, alice.email, PASSWORD, to="/account/")
    page.get_by_label("Label").fill("cluster")
    page.get_by_role("button", name="Create a token").click()
    bearer = "Authorization: Bearer " + page.locator(".callout.success code").inner_text()

    def curl(*arguments: str) -> dict:
        command = ["curl", "--silent", "--show-error", "--header", bearer, *arguments]
        return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)

    phases = curl(f"{web.url}/api/v1/tracks/{case.track}/")["phases"]
    validation = next(phase["id"] for phase in phases if phase["slug"] == "validation")
    form = ["--form", f"phase={validation}", "--form", f"archive=@{case.archive}"]
    submitted = curl(*form, f"{web.url}/api/v1/submissions/")
    ended = eventually(lambda: (seen := curl(submitted["url"]))["state"] == "scored" and seen)
    headline = next(iter(ended["scores"].values()))
    assert f"{headline * 100:.2f}" == case.headline


@BOTH_SETUPS
def test_an_organiser_disqualifies_a_row_and_takes_it_back(
    open_browser, worker, phase, submitted, alice, charlie, organiser, truth
):
    submitted(alice, content=truth.guessed(0.9))
    submitted(charlie, content=truth.guessed(0.5))
    public, desk = open_browser(), open_browser()
    eventually(lambda: public.goto(phase.get_absolute_url()) and public.locator("td.rank").count() == 2)
    log_in(desk, organiser.email, PASSWORD, to="/admin/leaderboard/board/")
    desk.get_by_role("link", name=str(phase)).click()
    desk.locator("tr", has_text="alices").get_by_role("link", name="Disqualify").click()
    desk.get_by_label("Reason").fill("163M parameters")
    desk.get_by_role("button", name="Preview").click()
    desk.get_by_role("button", name="Save the review").click()
    expect(desk.get_by_role("link", name="Undo")).to_be_visible()

    public.reload()
    struck = public.locator("tr.struck")
    expect(struck).to_contain_text("163M parameters")
    expect(struck.locator(".rank")).to_have_text("–")
    expect(public.locator("tr", has_text="charlies").locator(".rank")).to_have_text("1")

    desk.get_by_role("link", name="Undo").click()
    desk.get_by_label("Reason").fill("It has 149M.")
    desk.get_by_role("button", name="Preview").click()
    desk.get_by_role("button", name="Undo the review").click()
    expect(desk.get_by_text("Done: ")).to_be_visible()
    public.reload()
    expect(public.locator("tr.struck")).to_have_count(0)
    expect(public.locator("tr", has_text="alices").locator(".rank")).to_have_text("1")
