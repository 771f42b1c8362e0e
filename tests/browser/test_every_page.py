"""Every page at desktop and phone width, light and dark: nothing overflows, nothing complains."""

import pytest

from evaluator.contract import CODES
from tests.browser.conftest import DESKTOP, PHONE, log_in
from tests.cast import PASSWORD
from tests.processes import eventually

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_no_page_overflows_or_breaks_the_content_policy(
    open_browser, worker, viewport, scheme, phase, handed_in, alice, truth
):
    scored = handed_in(alice, method="a method whose name is as long as the field allows " * 2)
    rejected = handed_in(alice, content=truth.mistaken())
    page = open_browser(viewport=viewport, color_scheme=scheme, timezone_id="Asia/Kolkata")
    log_in(page, alice.email, PASSWORD)
    for submission in (scored, rejected):
        eventually(lambda one=submission: one.evaluations.filter(finished_at__isnull=False).exists())
    for address in (
        *("/", "/tracks/segmentation/", "/tracks/localization/", "/archive/lid-2020/", "/team/", "/account/"),
        *(phase.get_absolute_url(), phase.submit_url, "/tracks/localization/challenge/submit/"),
        *(scored.get_absolute_url(), rejected.get_absolute_url(), "/account/notices/", "/nowhere/"),
        *("/docs/problems/", *(f"/docs/problems/{code}/" for code in CODES), "/docs/refusals/"),
    ):
        page.goto(address)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{address} is {wide} pixels too wide"
        assert page.locator("h1").count() == 1, f"{address} has one heading of the first level"
