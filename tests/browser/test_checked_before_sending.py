"""What the page does with its check of an archive: it stops a faulty one, hinders nobody, and costs no time."""

import io
import json
import os
import struct
import sys
import zipfile
import zlib

import pytest
from playwright.sync_api import Page, Route, expect

from server.submissions.models import Submission
from tests.browser.conftest import log_in, zipped
from tests.fixtures import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
MANIFEST = "**/api/v1/phases/*/manifest/"
IMAGES, LONGEST_BLOCK = 21_120, 100  # the largest split; milliseconds of the page's own thread
WALL_CLOCK = "LID_BENCH_CHECK" in os.environ  # else a machine that does much else may halt any thread
TRACED = ["-*", "toplevel", "disabled-by-default-devtools.timeline"]
WATCH = """() => {
  addEventListener("change", () => { window.chosen = performance.now(); }, true);
  const note = () => { window.checked = performance.now(); };
  new MutationObserver(note).observe(document.querySelector("[data-check-status]"), { childList: true });
}"""


@pytest.fixture
def form(page: Page, web, phase, alice) -> Page:
    """The submit page, filled in but for the archive."""
    log_in(page, alice.email, PASSWORD, to=phase.submit_url)
    fill_in(page)
    return page


def fill_in(page: Page) -> None:
    page.get_by_label("Parameters").fill("25.6M")
    page.get_by_label("We followed the rules").check()


def choose(page: Page, archive: bytes) -> None:
    page.locator("input[type=file]").set_input_files(zipped(archive))


def press(page: Page) -> None:
    page.get_by_role("button", name="Submit").click()


def status(page: Page):
    return page.locator("[data-check-status]")


def test_a_faulty_archive_is_listed_and_not_sent_until_another_is_chosen(form, truth, good_zip):
    sent: list[str] = []
    form.on("request", lambda request: request.method != "GET" and sent.append(request.url))
    choose(form, truth.mistaken())
    press(form)
    told = form.locator("[data-check-faulty]")
    expect(told).to_be_focused()
    expect(told).to_contain_text(f"Not ready to submit: {len(truth.file_names)} problems")
    for name in truth.file_names:
        expect(told.locator(".files")).to_contain_text(name)
    expect(told.get_by_role("link", name="bad_mode")).to_have_attribute("href", "/docs/problems/bad_mode/")
    assert sent == []
    choose(form, good_zip)
    expect(status(form)).to_contain_text("are right")
    expect(told).to_be_hidden()
    press(form)
    form.wait_for_url("**/submissions/**")


def test_a_file_of_no_image_is_named_as_the_server_will(form, good_zip):
    stream = io.BytesIO(good_zip)
    with zipfile.ZipFile(stream, "a") as archive:
        archive.writestr("overview.png", b"x")
    choose(form, stream.getvalue())
    told = "1 file belongs to no image of this split and was ignored: overview.png"
    expect(form.locator("[data-check-warnings]")).to_have_text(told)


def test_a_team_may_send_what_the_page_would_not(form, truth):
    choose(form, truth.mistaken())
    form.get_by_role("button", name="Send it all the same").click()
    form.wait_for_url("**/submissions/**")
    assert Submission.objects.count() == 1


def test_a_check_that_takes_long_can_be_skipped(form, truth):
    form.context.route(MANIFEST, lambda route: None)
    choose(form, truth.mistaken())
    press(form)
    form.get_by_role("button", name="Skip the check").click()
    form.wait_for_url("**/submissions/**")


@pytest.mark.parametrize("lacking", ["Worker", "archive_check.js"])
def test_a_page_that_cannot_check_sends_all_the_same(page, web, phase, alice, truth, lacking):
    page.add_init_script("window.Worker = undefined" if lacking == "Worker" else "")
    page.route(f"**/{lacking}", lambda route: route.abort())
    log_in(page, alice.email, PASSWORD, to=phase.submit_url)
    fill_in(page)
    choose(page, truth.mistaken())
    press(page)
    page.wait_for_url("**/submissions/**")


@pytest.mark.parametrize("answer", [{"status": 404}, {"status": 200, "body": "<html>"}, {"body": "{}"}])
def test_without_a_manifest_it_sends_all_the_same(form, truth, answer):
    form.context.route(MANIFEST, lambda route: route.fulfill(**answer))
    choose(form, truth.mistaken())
    expect(status(form)).to_have_text("This page cannot check the archive. The server will.")
    press(form)
    form.wait_for_url("**/submissions/**")


def test_an_archive_of_the_largest_split_is_checked_without_a_halt(chromium, form, tmp_path):
    """By the CPU time of each task of the page's thread; `make bench-check` asserts the same of the clock's."""
    form.context.route(MANIFEST, large_manifest)
    form.evaluate(WATCH)
    archive = tmp_path / "results.zip"
    archive.write_bytes(large_archive())
    chromium.start_tracing(page=form, categories=TRACED)
    form.locator("input[type=file]").set_input_files(archive)
    expect(status(form)).to_contain_text(f"all {IMAGES:,} maps are right")
    by_clock, by_cpu = longest_task(json.loads(chromium.stop_tracing())["traceEvents"])
    seconds = form.evaluate("(checked - chosen) / 1000")
    told = f"{seconds:.2f} s; the page's longest task: {by_clock:.0f} ms, {by_cpu:.0f} ms of the CPU"
    sys.stdout.write(f"{IMAGES:,} maps in {told}\n")
    assert by_cpu <= LONGEST_BLOCK
    assert by_clock <= LONGEST_BLOCK or not WALL_CLOCK


def longest_task(events: list[dict]) -> tuple[float, float]:
    """The most milliseconds that a task of a page's main thread took, by the clock and of the CPU."""
    names = {(one["pid"], one["tid"]): one["args"]["name"] for one in events if one["name"] == "thread_name"}
    main = [one for one in events if names.get((one["pid"], one["tid"])) == "CrRendererMain"]
    tasks = [one for one in main if one["name"].endswith("RunTask") and "tdur" in one]
    return max(one["dur"] for one in tasks) / 1000, max(one["tdur"] for one in tasks) / 1000


def large_manifest(route: Route) -> None:
    images = [{"id": f"image_{number:05}", "width": 4, "height": 3} for number in range(IMAGES)]
    facts = {"scorer": "segmentation", "options": {}, "pixel_format": "labels", "resizes": False}
    route.fulfill(body=json.dumps({**facts, "max_side": 4096, "max_pixels": 2**24, "images": images}))


def large_archive() -> bytes:
    header = b"IHDR" + struct.pack(">IIBBBBB", 4, 3, 8, 0, 0, 0, 0)
    start = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(IMAGES):
            archive.writestr(f"image_{number:05}.png", start + bytes(40))
    return stream.getvalue()
