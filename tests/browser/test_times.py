"""Times as people read them elsewhere: UTC, their own beside it, and a countdown by the server's clock."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
# closes in UTC; as UTC, Zurich and New York write it. Europe's clocks change on 28 March 2027 at 01:00 UTC,
# those of New York on 7 November 2027 at 06:00 UTC.
CLOSING = {
    "leap-day": (
        datetime(2028, 2, 29, 23, 59, tzinfo=UTC),
        "29 Feb 2028, 23:59 UTC",
        "1 Mar 2028, 00:59 CET for you",
        "29 Feb 2028, 18:59 GMT-5 for you",
    ),
    "spring": (
        datetime(2027, 3, 28, 1, 30, tzinfo=UTC),
        "28 Mar 2027, 01:30 UTC",
        "28 Mar 2027, 03:30 CEST for you",
        "27 Mar 2027, 21:30 GMT-4 for you",
    ),
    "autumn": (
        datetime(2027, 11, 7, 6, 30, tzinfo=UTC),
        "7 Nov 2027, 06:30 UTC",
        "7 Nov 2027, 07:30 CET for you",
        "7 Nov 2027, 01:30 GMT-5 for you",
    ),
}


def test_a_close_stands_in_utc_and_in_the_readers_time_over_leap_days_and_changes_of_the_clock(
    open_browser, web, open_phase
):
    for slug, (closes_at, *_) in CLOSING.items():
        open_phase(slug=slug, title=slug, opens_at=LONG_AGO, closes_at=closes_at)
    zurich = open_browser(timezone_id="Europe/Zurich")
    new_york = open_browser(timezone_id="America/New_York")
    bare = open_browser(timezone_id="America/New_York", java_script_enabled=False)
    for page in (zurich, new_york, bare):
        page.goto("/tracks/segmentation/")
    for slug, (_, utc, in_zurich, in_new_york) in CLOSING.items():
        for page, local in ((zurich, [in_zurich]), (new_york, [in_new_york]), (bare, [])):
            cell = page.locator("tr", has_text=slug).locator("[data-label=Closes]")
            expect(cell.locator("time")).to_have_text(utc)
            expect(cell.locator(".local")).to_have_text(local)


@pytest.mark.parametrize("wrong_by", [timedelta(hours=-5), timedelta(days=3)], ids=["slow", "fast"])
def test_the_countdown_goes_by_the_servers_clock_where_the_browsers_is_wrong(
    page, web, open_phase, truth, wrong_by
):
    phase = open_phase(closes_at=timezone.now() + timedelta(hours=2, minutes=31))
    page.clock.install(time=timezone.now() + wrong_by)
    page.goto(phase.get_absolute_url())
    expect(page.locator(".countdown")).to_have_text("closes in 2 h 30 min")
    page.clock.fast_forward(timedelta(minutes=90) // timedelta(milliseconds=1))
    expect(page.locator(".countdown")).to_have_text("closes in 1 h 0 min")
    page.clock.fast_forward(timedelta(minutes=61) // timedelta(milliseconds=1))
    expect(page.locator(".countdown")).to_have_text("closed")


def test_the_last_hour_is_counted_by_the_second_and_the_close_tells_itself(page, web, open_phase, truth):
    phase = open_phase(closes_at=timezone.now() + timedelta(hours=1, seconds=30))
    page.clock.install(time=timezone.now())
    page.goto(phase.get_absolute_url())
    countdown, dates = page.locator(".countdown"), page.locator("main p", has=page.locator(".countdown"))
    expect(countdown).to_have_text("closes in 1 h 0 min")
    page.clock.run_for(40_000)
    expect(countdown).to_have_text(re.compile(r"^closes in 59 min \d+ s$"))
    told = countdown.inner_text()
    page.clock.run_for(1_000)
    expect(countdown).not_to_have_text(told)
    page.clock.run_for(59 * 60_000)
    expect(countdown).to_have_text(re.compile(r"^closes in \d+ s$"))
    expect(dates).to_contain_text("Open until")
    page.clock.run_for(60_000)
    expect(countdown).to_have_text("closed")
    expect(dates).to_contain_text("Was open until")


def test_the_opening_tells_itself(page, web, open_phase, truth):
    phase = open_phase(opens_at=timezone.now() + timedelta(minutes=2))
    page.clock.install(time=timezone.now())
    page.goto(phase.get_absolute_url())
    expect(page.locator(".countdown")).to_have_text(re.compile(r"^opens in 1 min \d+ s$"))
    page.clock.run_for(121_000)
    expect(page.locator(".countdown")).to_have_text("open now")
    expect(page.locator("main p", has=page.locator(".countdown"))).to_contain_text("Open since")
