"""Why a command fails: in the server's words where the server refuses, each with an exit code."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from email.message import Message
from typing import Any

DONE, UNEXPECTED, REJECTED, NO_SLOT, CLOSED, NETWORK, NOT_ALLOWED, LATER = range(8)
WRONG_USAGE, INTERRUPTED = 64, 130

BY_CODE = {
    **dict.fromkeys(("not_a_zip", "upload_too_large"), REJECTED),
    **dict.fromkeys(("no_slot_left", "daily_limit_reached"), NO_SLOT),
    **dict.fromkeys(
        ("phase_closed", "phase_not_open", "phase_paused", "no_ground_truth", "upload_too_late"), CLOSED
    ),
    "act_refused": WRONG_USAGE,
    **dict.fromkeys(("no_team", "not_in_team", "locked_to_another_team"), NOT_ALLOWED),
}
BY_STATUS = {
    **dict.fromkeys((400, 404, 405, 406, 411, 413, 415), WRONG_USAGE),
    **dict.fromkeys((401, 403), NOT_ALLOWED),
    **dict.fromkeys((423, 429, 503, 507), LATER),
    **dict.fromkeys((502, 504), NETWORK),
}


def reason_of(error: object) -> str:
    """Return an error in words, without its number and the file that the message names anyway."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__


class Failure(Exception):
    """A command that cannot be done: an exit code, words for people, and the server's problem for programs."""

    def __init__(self, exit_code: int, detail: str, problem: Mapping[str, Any] | None = None) -> None:
        super().__init__(detail)
        self.exit_code, self.detail = exit_code, detail
        self.problem = dict(problem or {"detail": detail})

    def lines(self) -> Iterator[str]:
        """Yield what to print."""
        title = self.problem.get("title")
        yield f"{title}: {self.detail}" if title else self.detail
        for field, wrong in (self.problem.get("errors") or {}).items():
            yield f"  {field}: {' '.join(map(str, wrong))}"
        fix = self.problem.get("fix")
        if fix and fix not in self.detail:
            yield str(fix)

    def as_json(self) -> dict[str, Any]:
        """Return the problem with our exit code."""
        return {**self.problem, "exit_code": self.exit_code}


class Unreachable(Failure):
    """The server did not answer, or the connection broke: the same may succeed later."""

    def __init__(self, address: str, reason: object) -> None:
        super().__init__(NETWORK, f"{address} does not answer: {reason}.")


class Refused(Failure):
    """An answer of the server that refuses what was asked."""

    def __init__(self, status: int, body: bytes, headers: Message[str, str], address: str) -> None:
        self.status, self.headers = status, headers
        problem = _problem_of(body)
        if problem is None:
            detail = f"{address} answered {status}, but not as a LID server does. Is this its address?"
            problem = {"status": status, "detail": detail}
        self.code = str(problem.get("code", ""))
        exit_code = BY_CODE.get(self.code, BY_STATUS.get(status, UNEXPECTED))
        super().__init__(exit_code, str(problem.get("detail", "")), problem)

    @property
    def retry_after(self) -> float:
        """The seconds that the server asks us to wait, or 0."""
        asked = self.headers.get("Retry-After") or ""
        return float(asked) if asked.isascii() and asked.isdigit() else 0.0


def _problem_of(body: bytes) -> dict[str, Any] | None:
    try:
        problem = json.loads(body)
    except ValueError:
        return None
    return problem if isinstance(problem, dict) and "detail" in problem else None
