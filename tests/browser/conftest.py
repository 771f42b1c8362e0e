"""Real Chromium against a real web server and a real worker."""

import os
import shutil
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, FilePayload, Page, expect, sync_playwright

from server.submissions.models import Evaluation, Submission
from tests.browser.real_cases import Case, install
from tests.processes import eventually

DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
IN_THE_LIGHT = {"viewport": DESKTOP, "color_scheme": "light"}
IN_THE_DARK = {"viewport": PHONE, "color_scheme": "dark", "has_touch": True, "is_mobile": True}
BOTH_SIZES = pytest.mark.parametrize("wishes", [IN_THE_LIGHT, IN_THE_DARK], ids=["desktop", "phone"])
PASSWORD = "a long enough pass phrase"
# What the address bar would unfold is drawn anew for every page, in a process of its own that takes half a second.
# Chromium heeds the last such list alone, so the rest is what Playwright had turned off.
OFF = [
    *("WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "WebUIOmniboxFullPopup", "AimEnabled", "LensOverlay"),
    *("AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "PaintHolding", "MediaRouter"),
    *("HttpsUpgrades", "HttpsFirstBalancedModeAutoEnable", "ThirdPartyStoragePartitioning"),
    *("OptimizationHints", "NetworkTimeServiceQuerying", "PreconnectToSearch"),
]
PATIENCE = 30_000  # milliseconds: a loaded machine is slow, not wrong
expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def chromium():
    if os.environ.get("LID_NO_BROWSER"):
        pytest.skip("browser tests are left out at your wish (LID_NO_BROWSER)")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # playwright's sync API runs an event loop in this thread
    executable = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        words = ["--no-sandbox", f"--disable-features={','.join(OFF)}"]
        browser = playwright.chromium.launch(executable_path=executable, args=words)
        yield browser
        browser.close()


@pytest.fixture
def open_browser(chromium: Browser, web):
    """A new person's browser: `open_browser()`; console errors fail the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def start(**wishes) -> Page:
        context = chromium.new_context(**{"viewport": DESKTOP, "base_url": web.url, **wishes})
        contexts.append(context)
        context.on("console", lambda message: _note(complaints, message))
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        return page

    yield start
    for context in contexts:
        context.close()
    assert complaints == []


def _note(complaints: list[str], message) -> None:
    """Anything a page's own scripts or its policy complain of; refused requests are tested by their texts."""
    if message.type in {"error", "warning"} and "Failed to load resource" not in message.text:
        complaints.append(message.text)


@pytest.fixture
def page(open_browser) -> Page:
    return open_browser()


@pytest.fixture
def case(request, tracks, truths) -> Case:
    """The real case named by the test's parameter, its ground truth installed for the validation phase."""
    return install(request.param, truths)


def roof(height: float, peak: int) -> list[float]:
    """Up to the peak and down again, by 0.0005 a threshold."""
    return [height - abs(t - peak) / 2000 for t in range(256)]


@pytest.fixture
def curves_of_two(open_phase, install_truth, alices, charlies) -> list[Evaluation]:
    """The board “maps” of localization: alices peak with 60.00 at 100, and charlies with 50.00 at 40."""
    rule, phase = install_truth("localization", images=3).rule, open_phase("localization", slug="maps")
    evaluations = []
    for number, (team, height, peak) in enumerate(((alices, 0.6, 100), (charlies, 0.5, 40))):
        at = timezone.now() - timedelta(minutes=9 - number)
        own = {"archive_name": f"{number}.zip", "size": 1, "sha256": "0" * 64}
        own |= {"day": at.date(), "number_of_day": 1}
        submission = Submission.objects.create(team=team, phase=phase, began_at=at, received_at=at, **own)
        scores = {"peak_iou": height, "peak_threshold": peak}
        result = {"state": "scored", "finished_at": at, "scores": scores, "curve": roof(height, peak)}
        evaluations.append(Evaluation.objects.create(submission=submission, rule=rule, **result))
    return evaluations


@pytest.fixture
def mailing_worker(start_worker, web):
    """A worker whose mails `web.mails()` reads, with links that lead to that very server."""
    return start_worker(SITE_URL=web.url, EMAIL_URL=f"filemail:///{web.mail_folder}")


def sign_up(page: Page, web, name: str) -> None:
    """Sign up and follow the mailed link; ends logged in."""
    page.goto("/account/signup/")
    fill_in_sign_up(page, name)
    page.goto(mailed_link(web, "/confirm-email/"))
    click_submit(page)
    page.get_by_role("button", name="Log out").wait_for()


def fill_in_sign_up(page: Page, name: str) -> None:
    page.get_by_label("Your name").fill(name)
    page.locator("input[name=email]").fill(f"{name.lower()}@example.org")
    page.locator("input[name=password1]").fill(PASSWORD)
    page.locator("input[name=password2]").fill(PASSWORD)
    click_submit(page)
    page.wait_for_url("**/confirm-email/")


def click_submit(page: Page) -> None:
    page.locator("main form button[type=submit]").first.click()


def mailed_link(web, part: str) -> str:
    """The newest mailed link that has these words in it, waited for."""

    def links() -> list[str]:
        words = (word for mail in web.mails() for word in mail.get_content().split())
        return [word for word in words if word.startswith("http") and part in word]

    return eventually(links)[-1]


def create_team(page: Page, name: str, affiliation: str = "") -> None:
    page.get_by_role("link", name="Create a team").first.click()
    page.locator("input[name=name]").fill(name)
    page.locator("input[name=affiliation]").fill(affiliation)
    page.get_by_role("button", name="Create the team").click()
    page.get_by_role("heading", name=name).wait_for()


def log_in(page: Page, email: str, password: str, to: str = "/") -> None:
    page.goto(f"/account/login/?next={to}")
    page.locator("input[name=login]").fill(email)
    page.locator("input[name=password]").fill(password)
    click_submit(page)
    page.wait_for_url(f"**{to}")


def submit(
    page: Page, track: str, archive, method: str = "", phase: str = "validation", faulty: bool = False
) -> None:
    """From the track's page to the submission's page; says what a test split asks for."""
    page.goto(f"/tracks/{track}/")
    page.locator(f"a[href='/tracks/{track}/{phase}/submit/']").first.click()
    page.locator("input[type=file]").set_input_files(archive)
    page.get_by_label("Method").fill(method)
    if page.get_by_label("We followed the rules").get_attribute("required") is not None:
        page.get_by_label("Parameters").fill("25.6M")
        page.get_by_label("We followed the rules").check()
    page.get_by_role("button", name="Send it all the same" if faulty else "Submit").click()
    page.wait_for_url("**/submissions/**")


def zipped(content: bytes, name: str = "results.zip") -> FilePayload:
    """An archive as a file that a person chooses."""
    return {"name": name, "mimeType": "application/zip", "buffer": content}
