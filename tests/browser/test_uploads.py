"""An upload that stalls, is cancelled, or loses its answer: the page never says what it does not know."""

import time

import pytest
from playwright.sync_api import expect

from server.submissions.models import Slot
from tests.browser.conftest import log_in
from tests.browser.upload_tabs import NONE, STALLED, UNDER_WAY, Tab, archive_of, broken, shown
from tests.fixtures import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
MINUTE = 60  # seconds; a server ends what is silent for 30
LARGE = 33 * 2**20  # more than the page sends in one request
MANY = {"limit": 40, "daily_submission_limit": 40}
KEEP_PIECES = """held => {
  const send = XMLHttpRequest.prototype.send;
  XMLHttpRequest.prototype.send = function (body) {
    if (body instanceof Blob) window.sent = this;
    if (!held || this !== window.sent) send.call(this, body);
  };
}"""
PROGRESS = "loaded => sent.upload.dispatchEvent(new ProgressEvent('progress', { loaded, total: 2e6 }))"


@pytest.fixture
def large_phase(open_phase, truth):
    return open_phase(**MANY)


@pytest.fixture
def tab_of(open_browser, web, large_phase, good_zip, tmp_path):
    """A person at the submit page: `tab_of(alice)()`, again and again, each with another archive."""

    def tabs(person, **wishes):
        page = open_browser(**wishes)
        log_in(page, person.email, PASSWORD, to=large_phase.submit_url)

        def tab(name: str, size: int = 2_000_000) -> Tab:
            return Tab(page.context, large_phase, archive_of(good_zip, tmp_path / f"{name}.zip", size))

        return tab

    return tabs


def test_it_survives_a_minute_without_network_while_others_have_lesser_mishaps(tab_of, alice, charlie):
    away = tab_of(alice)("away")
    away.page.evaluate(KEEP_PIECES, False)
    away.throttle(200_000)
    away.send()
    expect(away.detail).to_contain_text(UNDER_WAY)
    away.lose_the_network()
    lost_at = time.monotonic()
    new_tab = tab_of(charlie)
    for mishap in MISHAPS:
        mishap(new_tab(mishap.__name__))
        expect(away.detail).to_contain_text("still trying")
    away.page.wait_for_timeout(max(0, 1000 * (MINUTE - time.monotonic() + lost_at)))
    expect(away.title).to_have_text(STALLED)
    expect(away.detail).to_have_text(
        shown(r"^\S+ KB of 1\.9 MB · \d+ % · no data for \d min \d+ s, still trying$")
    )
    assert not away.submissions.exists()
    away.throttle(-1)
    away.expect_its_submission()
    assert away.offsets[0] == 0 < away.offsets[-1]


def a_stall_takes_the_place_of_the_speed_until_data_moves_again(tab):
    tab.page.evaluate(KEEP_PIECES, True)
    tab.send()
    tab.wait_for(lambda: tab.page.evaluate("Boolean(window.sent)"))
    for loaded in (200_000, 600_000, 1_000_000):
        tab.page.evaluate(PROGRESS, loaded)
        tab.page.wait_for_timeout(600)
    expect(tab.detail).to_have_text(shown(r"^976\.6 KB of 1\.9 MB · 49 % · \S+ KB/s · \d+ s left$"))
    expect(tab.title).to_have_text(STALLED)
    expect(tab.detail).to_have_text(shown(r"^976\.6 KB of 1\.9 MB · 49 % · no data for \d+ s, still trying$"))
    expect(tab.cancel).to_be_visible()
    tab.page.evaluate(PROGRESS, 1_100_000)
    expect(tab.title).to_have_text("Uploading")
    expect(tab.detail).to_have_text(shown(r"^1\.0 MB of 1\.9 MB · 54 %$"))
    tab.cancel.click()


def a_connection_that_stalls_is_told_and_the_upload_goes_on_with_it(tab):
    tab.throttle(1_000)
    tab.send()
    expect(tab.title).to_have_text(STALLED)
    tab.throttle(-1)
    tab.expect_its_submission()


def a_cancel_in_the_middle_submits_nothing_and_the_form_can_be_sent_again(tab):
    tab.throttle(300_000)
    tab.send()
    expect(tab.detail).to_contain_text(UNDER_WAY)
    tab.cancel.click()
    expect(tab.title).to_have_text("Cancelled")
    expect(tab.detail).to_contain_text(NONE)
    assert not tab.submissions.exists()
    tab.throttle(-1)
    tab.send()
    tab.expect_its_submission()


def a_cancel_that_comes_too_late_leads_to_the_submission(tab):
    """The server has the last byte before the page hears of it."""
    tab.page.evaluate("XMLHttpRequestUpload.prototype.addEventListener = () => {}")
    tab.hold_answers("*/submit/")
    tab.send()
    tab.wait_for(tab.submissions.exists)
    tab.cancel.click()
    tab.expect_its_submission()


def after_the_last_byte_there_is_no_cancel_and_the_page_asks_for_the_submission(tab):
    tab.hold_answers("*/submit/")
    tab.send()
    expect(tab.title).to_have_text("Sent. The server is checking it …")
    expect(tab.cancel).to_be_hidden()
    tab.expect_its_submission()


def a_lost_answer_leads_to_the_submission(tab):
    answers = tab.hold_answers("*/submit/")
    tab.send()
    tab.wait_for(lambda: answers)
    tab.answer(answers[0], 0)
    tab.expect_its_submission()


def an_error_that_comes_late_in_place_of_the_answer_leads_to_the_submission(tab):
    """And as long as the page cannot ask for it, it says so, and not that there is none."""
    answers = tab.hold_answers("*/submit/")
    tab.page.route("**/forms/**", broken)
    tab.send()
    tab.wait_for(lambda: answers)
    tab.page.wait_for_timeout(4000)
    expect(tab.title).to_have_text("Sent. The server is checking it …")
    tab.answer(answers[0], 504)
    expect(tab.title).to_have_text("The server did not answer as it should")
    expect(tab.detail).to_contain_text("It answered with status 504")
    expect(tab.detail).to_contain_text("cannot be asked now whether it arrived")
    tab.page.unroute("**/forms/**")
    tab.page.get_by_role("button", name="Try again").click()
    tab.expect_its_submission()


def an_error_that_comes_late_for_a_piece_costs_no_byte(tab):
    answers = tab.hold_answers("*/uploads/*")
    tab.send()
    tab.wait_for(lambda: answers)
    expect(tab.title).to_have_text(STALLED)
    tab.answer(answers[0], 504)
    tab.expect_its_submission()
    assert tab.offsets == [0]


def what_did_not_arrive_is_said_and_sent_again(tab):
    for end, told in (
        (broken, "The connection broke"),
        (lambda route: route.fulfill(status=502, body="<h1>Bad</h1>"), "The server did not answer as it should"),
    ):
        tab.page.route("**/submit/", end)
        tab.send()
        expect(tab.title).to_have_text(told)
        expect(tab.detail).to_contain_text(NONE)
        tab.page.unroute("**/submit/")
    tab.page.get_by_role("button", name="Try again").click()
    tab.expect_its_submission()


def a_form_that_meets_no_network_goes_once_there_is_one(tab):
    tab.page.route("**/submit/", lambda route: tab.throttle(-1, offline=True) or route.continue_())
    tab.send()
    expect(tab.title).to_have_text("There is no network")
    tab.page.unroute("**/submit/")
    tab.throttle(-1)
    tab.expect_its_submission()


def after_a_reload_the_same_file_goes_on_where_it_was(tab):
    tab.throttle(200_000)
    tab.send()
    expect(tab.detail).to_contain_text(UNDER_WAY)
    tab.page.on("dialog", lambda dialog: dialog.accept())
    tab.page.reload()
    tab.throttle(-1)
    tab.fill_in()
    tab.send()
    tab.expect_its_submission()
    assert tab.offsets[0] == 0 < tab.offsets[-1]


def two_tabs_that_send_the_same_file_make_one_submission(tab):
    """Both know the upload by its file: what one has sent, the other need not."""
    other = tab.beside()
    tab.throttle(400_000)
    tab.send()
    expect(tab.detail).to_contain_text(UNDER_WAY)
    other.send()
    tab.expect_its_submission()
    other.expect_its_submission()


MISHAPS = (
    a_stall_takes_the_place_of_the_speed_until_data_moves_again,
    a_connection_that_stalls_is_told_and_the_upload_goes_on_with_it,
    a_cancel_in_the_middle_submits_nothing_and_the_form_can_be_sent_again,
    a_cancel_that_comes_too_late_leads_to_the_submission,
    after_the_last_byte_there_is_no_cancel_and_the_page_asks_for_the_submission,
    a_lost_answer_leads_to_the_submission,
    an_error_that_comes_late_in_place_of_the_answer_leads_to_the_submission,
    an_error_that_comes_late_for_a_piece_costs_no_byte,
    what_did_not_arrive_is_said_and_sent_again,
    a_form_that_meets_no_network_goes_once_there_is_one,
    after_a_reload_the_same_file_goes_on_where_it_was,
    two_tabs_that_send_the_same_file_make_one_submission,
)


def test_wrong_words_do_not_send_the_file_again(tab_of, alice):
    """It goes in two pieces."""
    tab = tab_of(alice)("large", LARGE)
    tab.page.get_by_label("Parameters").fill("10G")
    tab.send()
    expect(tab.page.locator("[data-error-summary]")).to_contain_text("You entered 10,000,000,000")
    tab.page.get_by_label("Parameters").fill("25.6M")
    tab.send()
    tab.expect_its_submission()
    assert tab.offsets == [0, 32 * 2**20]


def test_without_script_the_form_sends_the_file_itself(tab_of, alice):
    tab = tab_of(alice, java_script_enabled=False)("plain")
    tab.send()
    tab.expect_its_submission()
    assert Slot.objects.count() == 1
