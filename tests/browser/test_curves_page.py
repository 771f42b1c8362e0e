"""The page of curves in Chromium: read by pointer and keys, changed without a reload, kept in its address."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from leaderboard.models import Interval, IntervalJob
from tests.browser.conftest import BOTH_SIZES, PHONE, roof

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def address(curves_of_two) -> str:
    """The page of curves, on which the first team has a band."""
    first = curves_of_two[0]
    job = IntervalJob.objects.create(phase=first.submission.phase, computed_at=timezone.now())
    band = {"score": first.curve, "low": roof(0.58, 100), "high": roof(0.62, 100)}
    Interval.objects.create(job=job, evaluation=first, metrics={}, bands={"iou_curve": band})
    return reverse("leaderboard:curves", args=["localization", "maps"])


def pointer_at(page: Page, threshold: float) -> None:
    """Point at a threshold, by the figure's own ticks at 0 and 255."""
    page.locator("svg[data-curves]").scroll_into_view_if_needed()
    ticks = page.locator("svg[data-curves] line.axis")
    left, right = (tick.bounding_box()["x"] for tick in (ticks.first, ticks.last))
    box = page.locator("svg[data-curves] path.axis").bounding_box()
    page.mouse.move(left + (right - left) * threshold / 255, box["y"] + box["height"] / 3)


def cells(page: Page):
    return page.locator("td b[data-cell]")


def test_the_pointer_reads_every_curve_and_shows_it_at_the_names(page, address):
    page.goto(address)
    expect(cells(page)).to_have_text(["60.00", "47.00"])
    pointer_at(page, 50)
    expect(page.locator("[data-readout-x]")).to_have_text("50")
    expect(cells(page)).to_have_text(["57.50", "49.50"])
    expect(page.locator(".labels text.end").first).to_have_text("57.50 at 50")
    expect(page.locator("[data-readout]")).to_contain_text("threshold 50")
    page.locator("svg[data-curves]").press("Escape")
    expect(page.locator(".labels text.end").first).to_have_text("60.00 at 100")


def test_keys_read_the_curves_and_the_address_keeps_the_threshold(page, address):
    page.goto(address)
    svg = page.get_by_role("slider", name="IoU against threshold of 2 teams")
    svg.focus()
    for key, at in (("Home", 0), ("ArrowRight", 1), ("Shift+ArrowRight", 17), ("End", 255), ("PageDown", 239)):
        svg.press(key)
        expect(svg).to_have_attribute("aria-valuenow", str(at))
    expect(svg).to_have_attribute("aria-valuetext", "Threshold 239: alices 53.05 %, charlies 40.05 %")
    page.wait_for_url("**&t=239")
    page.reload()
    expect(page.locator("[data-readout-x]")).to_have_text("239")
    expect(cells(page)).to_have_text(["53.05", "40.05"])
    expect(page.get_by_label("Values at threshold")).to_have_value("239")


def test_teams_bands_and_window_change_without_a_reload_and_the_back_button_finds_them_again(page, address):
    page.goto(address.replace("curves", "leaderboard"))
    page.get_by_role("link", name="Choose teams, zoom and read values").click()
    page.evaluate("window.stayed = true")
    page.get_by_label("charlies").uncheck()
    expect(page.locator("svg [data-series]")).to_have_count(1)
    page.get_by_label("95 % bands").check()
    expect(page.locator("svg polygon.band")).to_have_count(1)
    page.get_by_label("Thresholds", exact=True).fill("90")
    page.get_by_label("Thresholds to").fill("110")
    page.get_by_label("Thresholds to").press("Enter")
    expect(page.locator("svg text.x").first).to_have_text("90")
    pointer_at(page, 255)
    expect(page.locator("[data-readout-x]")).to_have_text("110")
    expect(cells(page)).to_have_text(["59.50"])
    expect(page.locator("[data-interval]")).to_have_text("57.50–61.50")
    assert page.evaluate("window.stayed")
    kept = page.url
    assert "from=90&to=110&bands=1" in kept.replace("&low=&high=", "")
    page.get_by_role("link", name="Localization", exact=True).first.click()
    page.go_back()
    assert page.url == kept
    expect(page.locator("svg [data-series]")).to_have_count(1)
    expect(page.get_by_label("charlies")).not_to_be_checked()
    expect(page.get_by_label("Thresholds to")).to_have_value("110")
    page.get_by_role("link", name="Reset").click()
    expect(page.locator("svg [data-series]")).to_have_count(2)
    page.go_back()
    page.go_back()
    page.wait_for_url("**/leaderboard/")


def test_a_choice_of_nobody_is_kept_too(page, address):
    page.goto(address)
    page.get_by_label("alices").uncheck()
    page.get_by_label("charlies").uncheck()
    expect(page.get_by_role("heading", name="No curve is chosen")).to_be_visible()
    expect(page.get_by_label("charlies")).to_be_focused()
    page.wait_for_url("**?teams=none")
    page.get_by_label("charlies").check()
    expect(page.locator("svg [data-series]")).to_have_count(1)


def test_without_script_the_form_does_the_same(open_browser, address):
    page = open_browser(java_script_enabled=False, viewport=PHONE)
    page.goto(address)
    page.get_by_label("charlies").uncheck()
    page.get_by_label("Values at threshold").fill("128")
    page.get_by_role("button", name="Draw").click()
    expect(cells(page)).to_have_text(["58.60"])
    expect(page.locator("svg polyline")).to_have_count(1)
    page.get_by_role("link", name="Reset").click()
    expect(page.locator("svg polyline")).to_have_count(2)


@BOTH_SIZES
def test_axe_finds_nothing_wrong_and_nothing_is_too_wide(open_browser, address, wishes):
    page = open_browser(**wishes)
    for query in ("", "?bands=1&from=20&to=200&t=128", "?teams=none", "?from=x"):
        page.goto(address + query)
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{query} is {wide} pixels too wide"
