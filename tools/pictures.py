"""Make the pictures of the README: start the demo, visit its pages in Chromium, write docs/pictures/*.png."""

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from find_servers import find_chromium
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "pictures"
DESKTOP, PHONE = (1280, 900), (390, 844)


def main() -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    with running_demo() as (address, email, password), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(find_chromium()), args=["--no-sandbox"])
        picture(visit(browser, DESKTOP, f"{address}/tracks/localization/rehearsal/leaderboard/"), "leaderboard")
        desktop, phone = visit(browser, DESKTOP, address), visit(browser, PHONE, address)
        for page in (desktop, phone):
            log_in(page, address, email, password)
        for state in ("scored", "rejected"):
            desktop.goto(f"{address}/team/")
            desktop.locator("section, table").locator("tr", has_text=state).first.locator("a").first.click()
            picture(desktop, state)
        phone.goto(f"{address}/tracks/localization/rehearsal/submit/")
        picture(phone, "submit-phone")


@contextmanager
def running_demo() -> Iterator[tuple[str, str, str]]:
    """The demo on fresh data: its address, and the captain's e-mail and password."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "manage.py", "demo", "--data-dir", folder, "--port", "8300"]
        demo = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        try:
            yield log_ins(demo)
        finally:
            demo.terminate()
            demo.wait(60)


def log_ins(demo: subprocess.Popen[str]) -> tuple[str, str, str]:
    address = ""
    for line in demo.stdout or ():
        if found := re.search(r"Ready.*(http://\S+?)/\s", line):
            address = found[1]
        if found := re.search(r"captain with slots left\s+(\S+)\s+(\S+)", line):
            return address, found[1], found[2]
    raise SystemExit("the demo ended before it was ready")


def visit(browser: Browser, size: tuple[int, int], address: str) -> Page:
    page = browser.new_page(viewport={"width": size[0], "height": size[1]}, timezone_id="Europe/Berlin")
    page.goto(address)
    return page


def log_in(page: Page, address: str, email: str, password: str) -> None:
    page.goto(f"{address}/account/login/")
    page.fill("input[name=login]", email)
    page.fill("input[name=password]", password)
    page.click("main button[type=submit]")
    page.wait_for_url(f"{address}/")


def picture(page: Page, name: str) -> None:
    page.wait_for_load_state("networkidle")
    page.screenshot(path=PICTURES / f"{name}.png", full_page=True)


if __name__ == "__main__":
    main()
