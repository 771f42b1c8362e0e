"""Waits for submissions, and says how they ended."""

from __future__ import annotations

import time
from typing import Any

from evaluator.rejection_text import groups_as_text
from lid_client.challenge import Challenge
from lid_client.failures import DONE, REJECTED, UNEXPECTED
from lid_client.output import ProgressLine, scores_as_text
from lid_client.patience import Patience
from lid_client.transport import NOT_MODIFIED, Answer, Server

ENDS = {"scored": DONE, "rejected": REJECTED, "failed": UNEXPECTED, "cancelled": UNEXPECTED}
PAUSES = (0.5, 1, 2, 3, 5)  # seconds between two questions, where the server does not say; then the last


def path_of(submission: str) -> str:
    """Return the path of a submission's state."""
    return f"/api/v1/submissions/{submission}/"


def ended(server: Server, submission: str, patience: Patience, progress: ProgressLine) -> dict[str, Any]:
    """Wait for the end of a submission's evaluation; return the submission."""
    etag, seen, asked = "", dict[str, Any](), 0

    def ask() -> Answer:
        return server.call("GET", path_of(submission), headers={"If-None-Match": etag} if etag else {})

    while True:
        answer = patience.until_done(ask)
        if answer.status != NOT_MODIFIED:
            etag, seen = answer.headers.get("ETag") or "", answer.json()
        if seen["state"] in ENDS:
            return seen
        progress.show(_progress_of(seen))
        pause = answer.headers.get("Retry-After") or ""
        time.sleep(float(pause) if pause.isdigit() else PAUSES[min(asked, len(PAUSES) - 1)])
        asked += 1


def exit_code(submission: dict[str, Any]) -> int:
    """Return the exit code of a submission's state: none is wrong with one that still waits."""
    return ENDS.get(submission["state"], DONE)


def as_text(submission: dict[str, Any], challenge: Challenge) -> str:
    """Return a submission in words: what the server says, and scores, warnings or problems."""
    lines = [submission["message"], submission["page"]]
    lines += [f"Warning: {warning}" for warning in submission["warnings"]]
    if submission["scores"]:
        lines.append(scores_as_text(submission["scores"], challenge.track(submission["track"])["columns"]))
    elif submission["state"] == "scored":
        lines.append("The phase hides its results for now.")
    if submission["state"] == "rejected":
        lines.append(_problems(submission))
    if unsaved := submission.get("not_saved"):
        lines.append(f"Not saved, since it was said otherwise the first time: {', '.join(unsaved)}.")
    return "\n".join(lines)


def _problems(submission: dict[str, Any]) -> str:
    groups = [
        ((group["code"], group["found"], group["expected"], group["fix"]), group["files"], group["file_count"])
        for group in submission["problem_groups"]
    ]
    text = groups_as_text(groups, submission["problem_count"])
    return f"{text}\nAll of them: {submission['page']}"


def _progress_of(submission: dict[str, Any]) -> str:
    progress = submission["progress"]
    if submission["state"] == "queued":
        return f"Queued, at position {submission['queue_position']}"
    return f"Scoring: {progress['stage']} {progress['done']:,} of {progress['total']:,}"
