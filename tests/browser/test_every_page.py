"""Every page at desktop and phone width, light and dark: nothing overflows or complains, and axe finds nothing."""

import pytest

from evaluator.contract import CODES
from server.teams.services import invite
from tests.browser.axe import expect_axe_finds_nothing
from tests.browser.conftest import DESKTOP, PHONE, log_in
from tests.fixtures import PASSWORD
from tests.processes import eventually

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
COMING = ("/account/login/", "/account/signup/", "/account/password/reset/")
OF_A_PERSON = ("/account/", "/account/emails/", "/account/email/", "/account/2fa/totp/activate/")
OWN_DATA = ("/privacy/", "/account/data/", "/account/delete/")
OF_A_TEAM = ("/team/", "/team/quota-history/", "/team/leave/", "/team/names/", "/team/invite/by-mail/")
PUBLIC = ("/", "/tracks/segmentation/", "/tracks/localization/", "/archive/lid-2020/", "/nowhere/")


DARK_ON_DARK = """<!doctype html><html lang="en"><title>x</title><style>p { color: #111; background: #fff }
@media (prefers-color-scheme: dark) { p { background: #222 } }</style><main><h1>One</h1><p>pale</p>{}</main>"""


@pytest.mark.parametrize(("fault", "named"), [("<input>", "light: .*label"), ("", "dark: .*contrast")])
def test_axe_finds_what_is_wrong(chromium, fault, named):
    page = chromium.new_page()
    page.set_content(DARK_ON_DARK.replace("{}", fault))
    with pytest.raises(AssertionError, match=rf"(?s){named}"):
        expect_axe_finds_nothing(page)
    page.close()


def test_no_page_overflows_breaks_the_content_policy_or_is_found_fault_with_by_axe(
    open_browser, worker, phase, submitted, alice, charlie, truth
):
    scored = submitted(alice, method="a method whose name is as long as the field allows " * 2)
    rejected, rival = submitted(alice, content=truth.mistaken()), submitted(charlie)
    invite(captain=alice)
    page = open_browser(timezone_id="Asia/Kolkata")
    for address in COMING:
        look_at(page, address)
    log_in(page, alice.email, PASSWORD)
    for submission in (scored, rejected, rival):
        eventually(lambda one=submission: one.evaluations.filter(finished_at__isnull=False).exists())
    board = phase.get_absolute_url()
    place = board.removesuffix("leaderboard/")
    for address in (
        *(*PUBLIC, *OF_A_PERSON, *OWN_DATA, *OF_A_TEAM),
        *(board, f"{board}?find=nobody", f"{board}?sort=team&dir=desc&show=rank"),
        *(f"{place}{name}/" for name in ("curves", "classes", "compare", "significance")),
        "/docs/uncertainty/",
        *(phase.submit_url, "/tracks/localization/challenge/submit/"),
        *(scored.get_absolute_url(), rejected.get_absolute_url()),
        *("/docs/problems/", "/docs/problems/size_mismatch/", "/docs/refusals/"),
    ):
        look_at(page, address)
    for code in CODES:  # pages of one template: only their texts and pictures may be too wide
        page.goto(f"/docs/problems/{code}/")
        expect_it_fits(page)


def look_at(page, address: str) -> None:
    page.goto(address)
    assert page.locator("h1").count() == 1, f"{address} has one heading of the first level"
    for viewport, scheme in ((DESKTOP, "light"), (PHONE, "dark")):
        page.set_viewport_size(viewport)
        expect_it_fits(page)
        expect_axe_finds_nothing(page, scheme)


def expect_it_fits(page) -> None:
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{page.url} is {wide} pixels too wide of {page.viewport_size['width']}"
