"""axe-core in a page of ours, under the page's own content policy."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

AXE = Axe()
IN_THE_DARK_ONLY = {"runOnly": ["color-contrast"]}  # all else is the same in both schemes


def expect_axe_finds_nothing(page: Page) -> None:
    """All of its rules, best practices too, with everything unfolded; colours in both schemes."""
    page.locator("details").evaluate_all("all => all.forEach((one) => one.open = true)")
    for scheme, options in (("light", {}), ("dark", IN_THE_DARK_ONLY)):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found = AXE.run(page, options=options)
        assert found.violations_count == 0, f"{page.url}, {scheme}: {found.generate_report()}"
