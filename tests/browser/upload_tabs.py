"""The submit page in a tab of its own, on a network that a test slows down, breaks and mends."""

import re
import zipfile
from collections.abc import Callable
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from random import Random

from playwright.sync_api import BrowserContext, CDPSession, Locator, Route

from server.submissions.models import Slot, Submission
from server.tracks.models import Phase


def shown(pattern: str) -> re.Pattern[str]:
    """A pattern of what the page shows, where a space may keep words on one line."""
    return re.compile(pattern.replace(" ", r"\s"))


NONE = "The server has no submission of this form"
STALLED = "Uploading: no data is moving"
UNDER_WAY = shown(r"[1-9]\d %")


def archive_of(content: bytes, file: Path, size: int = 2_000_000) -> Path:
    """An archive that passes the page's check, of this size and like no other."""
    file.write_bytes(content)
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("notes.bin", Random(file.name).randbytes(size - len(content)))
    return file


def broken(route: Route) -> None:
    """A request that meets no network."""
    route.abort()


class Tab:
    """The form of a phase, filled in and ready to send an archive."""

    def __init__(self, context: BrowserContext, phase: Phase, archive: Path) -> None:
        self.page, self.phase, self.archive = context.new_page(), phase, archive
        self.offsets: list[int] = []  # where each piece begins that it sends
        self.page.on("request", self._note)
        self.page.goto(phase.submit_url)
        self.fill_in()

    def fill_in(self) -> None:
        self.page.locator("input[type=file]").set_input_files(self.archive)
        self.page.get_by_label("Parameters").fill("25.6M")
        self.page.get_by_label("We followed the rules").check()

    def _note(self, request) -> None:
        if request.method == "PATCH":
            self.offsets.append(int(request.headers["upload-offset"]))

    def beside(self) -> "Tab":
        """One more tab of the same person, with the same archive."""
        return Tab(self.page.context, self.phase, self.archive)

    def send(self) -> None:
        self.page.get_by_role("button", name="Submit").click()

    @property
    def title(self) -> Locator:
        return self.page.locator(".upload strong")

    @property
    def detail(self) -> Locator:
        return self.page.locator(".upload p")

    @property
    def cancel(self) -> Locator:
        return self.page.locator(".upload").get_by_role("button", name="Cancel")

    @property
    def submissions(self):
        """Those of this archive."""
        return Submission.objects.filter(sha256=sha256(self.archive.read_bytes()).hexdigest())

    def expect_its_submission(self) -> None:
        """The page of the only one, which has the archive whole and one slot."""
        self.page.wait_for_url("**/submissions/**")
        submission = self.submissions.get()
        assert self.page.url.endswith(submission.get_absolute_url())
        assert submission.archive_path.read_bytes() == self.archive.read_bytes()
        assert Slot.objects.filter(submission=submission).count() == 1

    # The network

    @cached_property
    def network(self) -> CDPSession:
        session = self.page.context.new_cdp_session(self.page)
        session.send("Network.enable")
        return session

    def throttle(self, upload: int, offline: bool = False) -> None:
        """Send so many bytes a second; -1: as many as there are."""
        self.network.send(
            "Network.emulateNetworkConditions",
            {"offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": upload},
        )

    def lose_the_network(self) -> None:
        """While a piece is under way.

        Chromium sends the rest of what is under way when it is told to have no network: that is broken off first.
        """
        self.page.route("**/uploads/*", broken)
        self.page.evaluate("sent.abort()")
        self.throttle(-1, offline=True)
        self.page.unroute("**/uploads/*")

    def hold_answers(self, pattern: str) -> list[str]:
        """Let the server get requests whole; their ids, as the answers come, which wait for `answer`."""
        held: list[str] = []
        self.network.on("Fetch.requestPaused", lambda event: held.append(event["requestId"]))
        self.network.send("Fetch.enable", {"patterns": [{"urlPattern": pattern, "requestStage": "Response"}]})
        return held

    def answer(self, request: str, status: int) -> None:
        """In the server's place, as a proxy does for one that takes too long; 0: the connection breaks."""
        if status:
            self.network.send("Fetch.fulfillRequest", {"requestId": request, "responseCode": status})
        else:
            self.network.send("Fetch.failRequest", {"requestId": request, "errorReason": "ConnectionReset"})
        self.network.send("Fetch.disable")

    def wait_for(self, condition: Callable[[], object]) -> None:
        while not condition():
            self.page.wait_for_timeout(50)
