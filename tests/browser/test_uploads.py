"""An upload that stalls, is cancelled, or loses its answer: the page never says what it does not know."""

import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from playwright.sync_api import CDPSession, Page, expect

from server.submissions.models import Slot, Submission
from tests.browser.conftest import log_in
from tests.fixtures import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NONE = "The server has no submission of this form"


@pytest.fixture
def archive(tmp_path, good_zip) -> Path:
    """An archive of 2 MB that passes the page's check."""
    file = tmp_path / "results.zip"
    file.write_bytes(good_zip)
    with zipfile.ZipFile(file, "a") as content:
        content.writestr("notes.bin", Random(7).randbytes(2_000_000 - len(good_zip)))
    return file


@pytest.fixture
def filled_in(page, web, phase, alice, archive) -> Page:
    """The submit page, ready to send the archive."""
    log_in(page, alice.email, PASSWORD, to=phase.submit_url)
    fill_in(page, archive)
    return page


def fill_in(page: Page, archive: Path) -> None:
    page.locator("input[type=file]").set_input_files(archive)
    page.get_by_label("Parameters").fill("25.6M")
    page.get_by_label("We followed the rules").check()


@pytest.fixture
def network(filled_in) -> CDPSession:
    """The page's network; `throttle(network, bytes_per_second)`."""
    session = filled_in.context.new_cdp_session(filled_in)
    session.send("Network.enable")
    return session


def throttle(network: CDPSession, upload: int, offline: bool = False) -> None:
    network.send(
        "Network.emulateNetworkConditions",
        {"offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": upload},
    )


def send(page: Page) -> None:
    page.get_by_role("button", name="Submit").click()


def title(page: Page):
    return page.locator(".upload strong")


def detail(page: Page):
    return page.locator(".upload p")


def cancel(page: Page):
    return page.locator(".upload").get_by_role("button", name="Cancel")


def on_answer(network: CDPSession, do: Callable[[str], None]) -> None:
    """Let the server get the whole request, and do this with its answer, by the request's id."""
    network.on("Fetch.requestPaused", lambda event: do(event["requestId"]))
    network.send("Fetch.enable", {"patterns": [{"urlPattern": "*/submit/", "requestStage": "Response"}]})


def lose(network: CDPSession) -> Callable[[str], None]:
    return lambda request: network.send(
        "Fetch.failRequest", {"requestId": request, "errorReason": "ConnectionReset"}
    )


def time_out(network: CDPSession) -> Callable[[str], None]:
    """As a proxy answers for a server that took too long."""
    return lambda request: network.send("Fetch.fulfillRequest", {"requestId": request, "responseCode": 504})


def hold(_: CDPSession) -> Callable[[str], None]:
    return lambda request: None


def expect_the_only_submission(page: Page) -> None:
    page.wait_for_url("**/submissions/**")
    submission = Submission.objects.get()
    assert page.url.endswith(submission.get_absolute_url())
    assert Slot.objects.count() == 1


KEEP_PIECES = """held => {
  const send = XMLHttpRequest.prototype.send;
  XMLHttpRequest.prototype.send = function (body) {
    if (body instanceof Blob) window.sent = this;
    if (!held || this !== window.sent) send.call(this, body);
  };
}"""
PROGRESS = "loaded => sent.upload.dispatchEvent(new ProgressEvent('progress', { loaded, total: 2e6 }))"


def test_a_stall_takes_the_place_of_the_speed_until_data_moves_again(filled_in):
    filled_in.evaluate(KEEP_PIECES, True)
    send(filled_in)
    while not filled_in.evaluate("Boolean(window.sent)"):
        filled_in.wait_for_timeout(50)
    for loaded in (200_000, 600_000, 1_000_000):
        filled_in.evaluate(PROGRESS, loaded)
        filled_in.wait_for_timeout(600)
    expect(detail(filled_in)).to_have_text(re.compile(r"^976\.6 KB of 1\.9 MB · 49 % · \S+ KB/s · \d+ s left$"))
    expect(title(filled_in)).to_have_text("Uploading: no data is moving")
    expect(detail(filled_in)).to_have_text(
        re.compile(r"^976\.6 KB of 1\.9 MB · 49 % · no data for \d+ s, still trying$")
    )
    expect(cancel(filled_in)).to_be_visible()
    filled_in.evaluate(PROGRESS, 1_100_000)
    expect(title(filled_in)).to_have_text("Uploading")
    expect(detail(filled_in)).to_have_text(re.compile(r"^1\.0 MB of 1\.9 MB · 54 %$"))


def test_a_connection_that_stalls_is_told_and_the_upload_goes_on_with_it(filled_in, network):
    throttle(network, 1_000)
    send(filled_in)
    expect(title(filled_in)).to_have_text("Uploading: no data is moving")
    throttle(network, -1)
    expect_the_only_submission(filled_in)


def test_a_cancel_in_the_middle_submits_nothing_and_the_form_can_be_sent_again(filled_in, network):
    throttle(network, 300_000)
    send(filled_in)
    expect(detail(filled_in)).to_contain_text(re.compile(r"[1-9]\d? %"))
    cancel(filled_in).click()
    expect(title(filled_in)).to_have_text("Cancelled")
    expect(detail(filled_in)).to_contain_text(NONE)
    assert not Submission.objects.exists()
    throttle(network, -1)
    send(filled_in)
    expect_the_only_submission(filled_in)


def test_a_cancel_that_comes_too_late_leads_to_the_submission(filled_in, network):
    """The server has the last byte before the page hears of it."""
    filled_in.evaluate("XMLHttpRequestUpload.prototype.addEventListener = () => {}")
    on_answer(network, hold(network))
    send(filled_in)
    while not Slot.objects.exists():
        filled_in.wait_for_timeout(50)
    cancel(filled_in).click()
    expect_the_only_submission(filled_in)


def test_after_the_last_byte_there_is_no_cancel_and_the_page_asks_for_the_submission(filled_in, network):
    on_answer(network, hold(network))
    send(filled_in)
    expect(title(filled_in)).to_have_text("Sent. The server is checking it …")
    expect(cancel(filled_in)).to_be_hidden()
    expect_the_only_submission(filled_in)


@pytest.mark.parametrize("end", [lose, time_out])
def test_a_lost_answer_leads_to_the_submission(filled_in, network, end):
    on_answer(network, end(network))
    send(filled_in)
    expect_the_only_submission(filled_in)


@pytest.mark.parametrize(
    ("end", "told"),
    [
        (lambda route: route.abort(), "The connection broke"),
        (lambda route: route.fulfill(status=502, body="<h1>Bad</h1>"), "The server did not answer as it should"),
    ],
)
def test_what_did_not_arrive_is_said_and_sent_again(filled_in, end, told):
    filled_in.route(
        "**/submit/", lambda route: end(route) if route.request.method == "POST" else route.continue_()
    )
    send(filled_in)
    expect(title(filled_in)).to_have_text(told)
    expect(detail(filled_in)).to_contain_text(NONE)
    filled_in.unroute("**/submit/")
    filled_in.get_by_role("button", name="Try again").click()
    expect_the_only_submission(filled_in)


def test_a_server_that_cannot_be_asked_is_not_spoken_for(filled_in):
    filled_in.route("**/submit/", lambda route: route.abort())
    filled_in.route("**/forms/**", lambda route: route.abort())
    send(filled_in)
    expect(title(filled_in)).to_have_text("The connection broke")
    expect(detail(filled_in)).to_contain_text("cannot be asked now whether it arrived")
    expect(detail(filled_in)).not_to_contain_text(NONE)


@pytest.fixture
def offsets(filled_in) -> list[int]:
    """Where each piece begins that the page sends."""
    found: list[int] = []
    filled_in.on(
        "request",
        lambda request: request.method == "PATCH" and found.append(int(request.headers["upload-offset"])),
    )
    return found


def test_an_upload_goes_on_by_itself_once_the_network_is_back(filled_in, network, offsets):
    filled_in.evaluate(KEEP_PIECES, False)
    throttle(network, 200_000)
    send(filled_in)
    expect(detail(filled_in)).to_contain_text(re.compile(r"[1-9]\d %"))
    # Chromium sends the rest of what is under way when it is told to be without network: that is broken off first.
    filled_in.route("**/uploads/*", lambda route: route.abort())
    filled_in.evaluate("sent.abort()")
    throttle(network, -1, offline=True)
    filled_in.unroute("**/uploads/*")
    expect(title(filled_in)).to_have_text("Uploading: no data is moving")
    expect(detail(filled_in)).to_contain_text("still trying")
    expect(detail(filled_in)).not_to_contain_text(NONE)
    assert not Submission.objects.exists()
    throttle(network, -1)
    expect_the_only_submission(filled_in)
    assert offsets[0] == 0 < offsets[-1]


def test_a_form_that_meets_no_network_goes_once_there_is_one(filled_in, network):
    filled_in.route("**/submit/", lambda route: throttle(network, -1, offline=True) or route.continue_())
    send(filled_in)
    expect(title(filled_in)).to_have_text("There is no network")
    filled_in.unroute("**/submit/")
    throttle(network, -1)
    expect_the_only_submission(filled_in)


def test_after_a_reload_the_same_file_goes_on_where_it_was(filled_in, network, offsets, archive):
    throttle(network, 200_000)
    send(filled_in)
    expect(detail(filled_in)).to_contain_text(re.compile(r"[1-9]\d %"))
    filled_in.on("dialog", lambda dialog: dialog.accept())
    filled_in.reload()
    throttle(network, -1)
    fill_in(filled_in, archive)
    send(filled_in)
    expect_the_only_submission(filled_in)
    assert offsets[0] == 0 < offsets[-1]
    assert Submission.objects.get().archive_path.read_bytes() == archive.read_bytes()


def test_wrong_words_do_not_send_the_file_again(filled_in, offsets):
    filled_in.get_by_label("Parameters").fill("10G")
    send(filled_in)
    expect(filled_in.locator("[data-error-summary]")).to_contain_text("You entered 10,000,000,000")
    filled_in.get_by_label("Parameters").fill("25.6M")
    send(filled_in)
    expect_the_only_submission(filled_in)
    assert offsets == [0]


def test_two_tabs_that_send_the_same_file_make_one_submission(filled_in, network, offsets, archive):
    """Both know the upload by its file: what one has sent, the other need not."""
    other = filled_in.context.new_page()
    other.goto(filled_in.url)
    fill_in(other, archive)
    throttle(network, 400_000)
    send(filled_in)
    expect(detail(filled_in)).to_contain_text(re.compile(r"[1-9]\d %"))
    send(other)
    expect_the_only_submission(filled_in)
    other.wait_for_url(filled_in.url)
    assert Submission.objects.get().archive_path.read_bytes() == archive.read_bytes()


def test_without_script_the_form_sends_the_file_itself(open_browser, web, phase, alice, archive):
    page = open_browser(java_script_enabled=False)
    log_in(page, alice.email, PASSWORD, to=phase.submit_url)
    fill_in(page, archive)
    send(page)
    expect_the_only_submission(page)
