"""Teams that submit while something happens to the services, and what came of what they sent."""

import io
import itertools
import secrets
import threading
import time
import zipfile
from collections import Counter
from dataclasses import dataclass, field

from engine import Site, eventually
from visitor import Visitor

SENDERS = 2
PAUSE = 1.5  # seconds between two submissions of one sender
LARGE = 1_200_000  # bytes: by the container for uploads
SLOW = 15  # seconds that one large upload takes
HEALED_WITHIN = 300  # seconds, also on a machine that does ten other things
ENDED = "('scored', 'rejected', 'failed', 'cancelled')"


@dataclass
class Load:
    """Submissions of a phase; all archives have the same predictions, and so the same scores."""

    project: Site
    browser: Visitor  # whose certificate authority and port all senders use
    phase: str
    archive: bytes
    tokens: "itertools.cycle[str]"
    stopping: threading.Event = field(default_factory=threading.Event)
    answers: list[tuple[int, str]] = field(default_factory=list)  # of all rounds
    slow: list[int] = field(default_factory=list)  # statuses of the slow uploads
    pages: list[int] = field(default_factory=list)  # statuses of a page, asked for five times a second

    def __enter__(self) -> "Load":
        self.stopping, self.slow, self.pages = threading.Event(), [], []
        self.threads = [threading.Thread(target=self._send, args=[number]) for number in range(SENDERS)]
        self.threads += [threading.Thread(target=self._send_slowly), threading.Thread(target=self._read)]
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        for thread in self.threads:
            thread.join()

    def _send(self, number: int) -> None:
        for turn in itertools.count(number):
            self._submit(LARGE if turn % 3 == 0 else 0)
            if self.stopping.wait(PAUSE):
                return

    def _send_slowly(self) -> None:
        while not self.stopping.is_set():
            self.slow.append(self._submit(LARGE, SLOW))

    def _read(self) -> None:
        while not self.stopping.wait(0.2):
            self.pages.append(Visitor(self.browser.port, self.browser.context).ask("GET", "/").status)

    def _submit(self, padding: int, seconds: float = 0) -> int:
        sender = Visitor(self.browser.port, self.browser.context, next(self.tokens))
        answer = sender.send(
            "/api/v1/submissions/", {"phase": self.phase}, self._distinct(padding), seconds=seconds
        )
        self.answers.append((answer.status, answer.json()["id"] if answer.status == 201 else ""))
        return answer.status

    def _distinct(self, padding: int) -> bytes:
        file = io.BytesIO(self.archive)
        with zipfile.ZipFile(file, "a") as zipped:
            zipped.writestr("note.txt", secrets.token_bytes(32 + padding))
        return file.getvalue()

    # What came of it

    @property
    def seconds_away(self) -> float:
        """Without the page: asked again after 0.2 s, it may have been away as long as the next answer took."""
        return 0.2 * sum(status != 200 for status in self.pages)

    def heal(self) -> tuple[float, bool]:
        """Wait until every service is well and all is scored; the seconds, and whether it came to that."""
        began = time.monotonic()
        try:
            eventually(self._is_healed, HEALED_WITHIN, "healing")
        except Exception:  # the table counts it
            return time.monotonic() - began, False
        return time.monotonic() - began, True

    def _is_healed(self) -> bool:
        return not self.project.ill() and self._count(f"evaluation WHERE state NOT IN {ENDED}") == 0

    def judge(self) -> Counter[str]:
        """What was lost or doubled of all that was ever sent, and what failed."""
        kept = "SELECT submission_id FROM submissions_evaluation WHERE state IN ('queued', 'running', 'scored')"
        there = {row[0] for row in self.project.sql(kept)}  # what still waits is stuck, not lost
        accepted = [key for status, key in self.answers if status == 201]
        unanswered = sum(status in {0, 502, 503, 504} for status, _ in self.answers)
        rows = self._count(f"submission WHERE phase_id = '{self.phase}'")
        twice = "(SELECT 1 FROM submissions_evaluation GROUP BY submission_id HAVING count(*) > 1) a"
        again = "(SELECT 1 FROM submissions_evaluationevent WHERE after = 'scored' GROUP BY evaluation_id"
        other = f"WHERE phase_id = '{self.phase}' AND state = 'scored'"
        scores = self._ask(
            "SELECT count(DISTINCT scores::text) FROM submissions_evaluation e JOIN submissions_submission s"
            f" ON s.id = e.submission_id {other}"
        )
        return Counter(
            lost=len(set(accepted) - there),
            doubled=self._ask(f"SELECT count(*) FROM {twice}")
            + self._ask(f"SELECT count(*) FROM {again} HAVING count(*) > 1) a")
            + max(0, rows - len(accepted) - unanswered),
            failed=self._count("evaluation WHERE state = 'failed'"),
            wrong=max(0, scores - 1),
        )

    def rows(self) -> int:
        return self._count("submission")

    def _count(self, what: str) -> int:
        return self._ask(f"SELECT count(*) FROM submissions_{what}")

    def _ask(self, query: str) -> int:
        return int(self.project.sql(query)[0][0])
