"""Classes searched and sorted, and rows compared, by people with and without script; axe finds nothing to fix."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from server.submissions import transitions
from server.tracks.models import Phase, Track
from tests.browser.conftest import BOTH_SIZES
from tests.intervals import measured

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WITH_AND_WITHOUT_SCRIPT = pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])


@pytest.fixture
def board(phase, truth, submitted, alice, charlie) -> str:
    """The address beneath which a board of two teams stands, the alices ahead."""
    Phase.objects.update(details=Phase.Details.AT_ONCE)
    for who, skill in ((alice, 0.9), (charlie, 0.5)):
        submitted(who)
        assert transitions.record_scored(transitions.claim("a worker"), measured(truth.rule, skill)[0], [])
    return phase.get_absolute_url().removesuffix("leaderboard/")


def shown(page: Page) -> list[str]:
    return page.locator("tbody tr:visible th").all_inner_texts()


@WITH_AND_WITHOUT_SCRIPT
def test_classes_are_searched_and_sorted_and_set_against_each_other(open_browser, board, script):
    page = open_browser(java_script_enabled=script)
    page.goto(f"{board}leaderboard/")
    page.get_by_role("link", name="Class by class").click()
    page.get_by_label("Against").select_option(label="2. charlies")
    page.get_by_label("Sort by").select_option(label="Difference, largest first")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("alices wins 6, ties 0, loses 0 against charlies")).to_be_visible()
    differences = page.locator("tbody tr td:nth-child(5)").all_inner_texts()[:6]
    assert differences == sorted(differences, key=float, reverse=True)
    page.get_by_label("Search a class").fill("  ANT ")
    if not script:
        page.get_by_role("button", name="Show").click()
    names = Track.objects.get(slug="segmentation").names_of_classes.values()
    sought = sorted(name for name in names if "ant" in name)
    expect(page.get_by_text(f"{len(sought)} of 201 labels")).to_be_visible()
    assert sorted(name.splitlines()[0] for name in shown(page)) == sought
    page.get_by_role("link", name="Class", exact=True).click()
    assert page.locator("th[aria-sort=ascending]").inner_text().startswith("Class")


@WITH_AND_WITHOUT_SCRIPT
def test_rows_are_picked_and_compared(open_browser, board, script):
    page = open_browser(java_script_enabled=script)
    page.goto(f"{board}compare/")
    page.get_by_label("alices").check()
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose at least two rows")
    for name in ("alices", "charlies"):
        page.get_by_label(name).check()
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("alices and charlies")
    page.get_by_text("All classes as a table").click()
    expect(page.get_by_role("row", name="accordion")).to_be_visible()


@BOTH_SIZES
def test_axe_finds_nothing_and_nothing_overflows(open_browser, board, wishes):
    page = open_browser(**wishes)
    page.goto(f"{board}compare/")
    rows = page.locator("[name=rows]").evaluate_all("all => all.map((one) => one.value)")
    for address in (
        *(f"{board}classes/", f"{board}classes/?against={rows[1]}&sort=-iou", f"{board}classes/?team=nobody"),
        *(f"{board}compare/", f"{board}compare/?rows={rows[0]}", f"{board}compare/?rows={rows[0]}&rows={rows[1]}"),
    ):
        page.goto(address)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{address} is {wide} pixels too wide"
        page.locator("details").evaluate_all("all => all.forEach((one) => one.open = true)")
        found = Axe().run(page)
        assert found.violations_count == 0, f"{address}\n{found.generate_report()}"
