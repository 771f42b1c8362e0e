"""An organiser extends three deadlines at once, and sees, removes and publishes drafts of ground truth."""

import os
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from server.announcements.models import Announcement
from server.tracks.models import GroundTruth, Phase, ScoringRule
from tests.browser.axe import expect_axe_finds_nothing
from tests.browser.conftest import BOTH_SIZES, IN_THE_DARK, IN_THE_LIGHT, log_in, zipped
from tests.fixtures import PASSWORD
from tests.server.test_drafts import MAPS, zip_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
TRACKS = ("segmentation", "scene-parsing", "localization")


def look(page: Page, name: str) -> None:
    """Check the page, and keep a picture of it where LOOK names a folder."""
    page.wait_for_load_state()
    width = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert width <= 0, f"{page.url} is {width} px too wide"
    expect_axe_finds_nothing(page)
    if folder := os.environ.get("LOOK"):
        size = page.viewport_size["width"]
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.screenshot(path=Path(folder) / f"{name}-{size}-{scheme}.png", full_page=True)


@pytest.mark.parametrize(
    "wishes", [pytest.param(IN_THE_LIGHT, marks=pytest.mark.both_setups), IN_THE_DARK], ids=["desktop", "phone"]
)
def test_three_deadlines_are_extended_in_one_act(
    open_browser, web, open_phase, submitted, alice, organiser, wishes
):
    submitted(alice)
    for track in TRACKS[1:]:
        open_phase(track, title="A phase whose name is rather long, as such names are")
    close = (timezone.now() + timedelta(hours=23)).replace(second=0, microsecond=0)
    Phase.objects.filter(slug="now").update(closes_at=close)
    page = open_browser(**wishes)
    log_in(page, organiser.email, PASSWORD, to="/organisers/phases/")
    page.goto("/organisers/phases/")  # without the message of the log-in
    look(page, "phases")
    page.get_by_label("Extend the deadline").check()
    page.get_by_label("Extend by hours").fill("12")
    page.get_by_role("button", name="Show what follows").click()
    expect(page.locator("[data-error-summary]")).to_contain_text("Choose at least one phase.")
    for phase in Phase.objects.filter(slug="now"):
        page.locator(f"#phase_{phase.pk}").check()
    page.get_by_role("button", name="Show what follows").click()
    new = close + timedelta(hours=12)
    expect(page.locator("ins")).to_have_text([f"{new:%-d %b %Y, %H:%M} UTC"] * 3)
    expect(page.get_by_text("The team locks of 1 person end at another time")).to_be_visible()
    look(page, "extension")
    page.get_by_label("Reason").fill("The mail server was down.")
    page.get_by_role("button", name="Extend the deadline").click()
    expect(page.locator(".messages")).to_contain_text("3 phases were changed")
    assert set(Phase.objects.filter(slug="now").values_list("closes_at", flat=True)) == {new}
    assert Announcement.objects.get().sent_at is None
    page.goto(Phase.objects.get(slug="now", track__slug="segmentation").get_absolute_url())
    expect(page.locator("main time[data-countdown]").first).to_have_attribute("datetime", f"{new.isoformat()}")


@BOTH_SIZES
def test_a_draft_is_seen_removed_and_published(open_browser, web, worker, tracks, organiser, wishes):
    page = open_browser(**wishes)
    log_in(page, organiser.email, PASSWORD, to="/organisers/ground-truth/")
    page.goto("/organisers/ground-truth/")
    look(page, "ground-truth-none")
    upload(page, MAPS | {"d": np.full((2, 2), 201, np.uint8), "e": np.zeros((2, 2, 3), np.uint8)})
    expect(page.get_by_text("It cannot be used")).to_be_visible()
    expect(page.locator("main")).to_contain_text("d.png (label 201)")
    look(page, "draft-failed")
    page.get_by_role("link", name="Remove").click()
    page.wait_for_url("**/remove/")
    look(page, "draft-remove")
    page.get_by_label("Reason").fill("Two wrong maps.")
    page.get_by_role("button", name="Remove").click()
    expect(page.locator(".messages")).to_contain_text("was removed, with its files")
    assert not GroundTruth.objects.exists()
    upload(page, MAPS)
    expect(page.get_by_text("197 classes in no map")).to_be_visible()
    look(page, "draft-ready")
    page.get_by_role("link", name="Publish").click()
    page.wait_for_url("**/publish/")
    look(page, "draft-publish")
    page.get_by_label("Reason").fill("All maps were checked.")
    page.get_by_role("button", name="Publish").click()
    expect(page.locator(".messages")).to_contain_text("is published")
    assert ScoringRule.objects.get().split == "val"
    page.goto("/organisers/ground-truth/")
    look(page, "ground-truth")


def upload(page: Page, maps: dict[str, np.ndarray]) -> None:
    page.goto("/organisers/ground-truth/")
    page.locator("main").get_by_role("link", name="Segmentation", exact=True).click()
    page.wait_for_url("**/upload/segmentation/")
    page.get_by_label("validation").check()
    page.get_by_label("Zip of PNGs").set_input_files(zipped(zip_of(maps), "truth.zip"))
    look(page, "draft-upload")
    page.get_by_role("button", name="Upload the draft").click()
    page.wait_for_url("**/organisers/ground-truth/*-*/")
