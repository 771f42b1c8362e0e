"""axe-core in a page of ours, under the page's own content policy."""

from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from playwright.sync_api import Page

OF_COLOURS = {"runOnly": ["color-contrast"]}  # all else is the same in both schemes
# What passes is much, takes longer to carry over here than to find, and nobody reads it.
VIOLATIONS = "options => axe.run({...options, resultTypes: ['violations']}).then(({violations}) => ({violations}))"


def expect_axe_finds_nothing(page: Page, *schemes: str) -> None:
    """All of its rules, best practices too, with everything unfolded; of the second scheme only its colours."""
    page.locator("details").evaluate_all("all => all.forEach((one) => one.open = true)")
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    for scheme, options in zip(schemes or ("light", "dark"), ({}, OF_COLOURS), strict=False):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found = AxeResults(page.evaluate(VIOLATIONS, options))
        assert found.violations_count == 0, f"{page.url}, {scheme}: {found.generate_report()}"
