"""Pictures of pages, for whoever asks for them by LID_PICTURES, a folder."""

import os
from pathlib import Path

from playwright.sync_api import Page

from tests.browser.conftest import DESKTOP, PHONE


def take(page: Page, name: str) -> None:
    """Both sizes, light and dark; nothing where no folder is named."""
    if folder := os.environ.get("LID_PICTURES"):
        for size in (DESKTOP, PHONE):
            page.set_viewport_size(size)
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                page.wait_for_load_state("networkidle")
                page.screenshot(
                    path=Path(folder) / f"{name}-{size['width']}-{scheme}.png",
                    full_page=True,
                    animations="disabled",
                )
        page.set_viewport_size(DESKTOP)
