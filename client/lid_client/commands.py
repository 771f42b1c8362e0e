"""What each command does; each returns the exit code."""

from __future__ import annotations

import getpass
import json
import os
import sys
from argparse import Namespace
from contextlib import suppress
from pathlib import Path
from typing import Any

from evaluator.contract import Manifest, ManifestError, Rejected
from evaluator.file_matching import OtherSplits
from evaluator.rejection_text import as_text as rejection_as_text
from lid_client import credentials, submissions
from lid_client.challenge import Challenge, name_of
from lid_client.checking import CannotCheck, check, needs_extra
from lid_client.downloads import Download
from lid_client.failures import DONE, REJECTED, WRONG_USAGE, Failure, reason_of
from lid_client.output import ProgressLine, number, remark, say, say_json, table
from lid_client.patience import Patience
from lid_client.transport import Server
from lid_client.uploads import Archive, Upload

NO_OTHERS: OtherSplits = ()
FIELDS = ("method", "parameters", "description", "code_url", "paper_url", "project_url")


def log_in(arguments: Namespace) -> int:
    """Keep a server and a token, once the server has taken it."""
    server = credentials.address_of(arguments.server or os.environ.get("LID_SERVER") or _asked("Server: "))
    token = credentials.checked_token(os.environ.get("LID_TOKEN") or _asked_token(server))
    person = Server(credentials.Credentials(server, token)).get("/api/v1/me/")
    if not credentials.is_private(server):
        remark("The connection is not encrypted: whoever listens can read the token.")
    try:
        credentials.save(credentials.Credentials(server, token))
    except OSError as error:
        raise Failure(
            WRONG_USAGE, f"The log-in could not be kept: {error}. Set LID_SERVER and LID_TOKEN."
        ) from error
    team = f"team {person['team']['name']}" if person["team"] else "no team yet"
    _answer(
        arguments, person, f"Logged in to {server} as {person['name']}, {team}; token: {person['token']['scope']}."
    )
    return DONE


def _asked(question: str) -> str:
    if not sys.stdin.isatty():
        raise Failure(WRONG_USAGE, "Which server? Write --server https://…, or set LID_SERVER.")
    return input(question)


def _asked_token(server: str) -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline()
    return getpass.getpass(f"API token (from {server}, on your account page): ")


def log_out(arguments: Namespace) -> int:
    """Forget server and token."""
    with suppress(FileNotFoundError):
        credentials.file().unlink()
    _answer(
        arguments,
        {"logged_in": False},
        "Logged out here. The token works until you revoke it on your account page.",
    )
    return DONE


def list_tracks(arguments: Namespace) -> int:
    """List tracks and phases."""
    tracks = _challenge(need_token=False).tracks()
    rows = [("id", "phase", "title", "status", "closes (UTC)", "quota")]
    for phase in (phase for track in tracks for phase in track["phases"]):
        status = "paused" if phase["paused"] else phase["status"]
        quota = f"{phase['quota']['limit']} per {phase['quota']['per']}"
        rows.append(
            (str(phase["id"]), name_of(phase), phase["title"], status, phase["closes_at"] or "never", quota)
        )
    _answer(arguments, tracks, table(rows))
    return DONE


def check_archive(arguments: Namespace) -> int:
    """Check an archive by the manifest of its phase."""
    if arguments.manifest:
        try:
            manifest, others = Manifest.from_json(arguments.manifest.read_bytes()), NO_OTHERS
        except (OSError, ManifestError) as error:
            raise Failure(WRONG_USAGE, f"{arguments.manifest}: {reason_of(error)}.") from error
    else:
        challenge = _challenge(need_token=False, offline=arguments.offline)
        phase = challenge.phase(arguments.phase)
        manifest, others = challenge.manifest(phase), challenge.others(phase)
    result = check(arguments.file, manifest, others, full=arguments.full)
    what = "Valid." if arguments.full else "Names and PNG headers are right. The server checks the pixels as well."
    text = "\n".join([*(f"Warning: {warning}" for warning in result.warnings), what])
    _answer(arguments, json.loads(result.to_json()), text)
    return DONE


def submit(arguments: Namespace) -> int:
    """Submit an archive, and wait for its score if asked to."""
    challenge = _challenge()
    phase = challenge.phase(arguments.phase)
    if not arguments.no_check:
        _check_before(arguments, challenge, phase)
    fields = {name: value for name in FIELDS if (value := getattr(arguments, name)) is not None}
    fields.update({"rules_kept": "true"} if arguments.rules_kept else {})
    with ProgressLine() as progress:
        patience = Patience(arguments.retry_for, progress)
        archive = Archive.of(arguments.file)
        submission = Upload(challenge, archive, phase["id"], patience, progress).submit(fields)
    return _told(arguments, challenge, submission)


def _check_before(arguments: Namespace, challenge: Challenge, phase: dict[str, Any]) -> None:
    """Check what is to be sent; say so where that is not possible. Raises the evaluator's Rejected."""
    try:
        result = check(arguments.file, challenge.manifest(phase), challenge.others(phase))
    except CannotCheck as failure:
        remark(failure.detail)
    else:
        for warning in result.warnings:
            remark(f"Warning: {warning}")


def status(arguments: Namespace) -> int:
    """Say how a submission is, or list the latest."""
    challenge = _challenge()
    if arguments.submission:
        submission = challenge.server.get(submissions.path_of(arguments.submission))
        return _told(arguments, challenge, submission)
    latest = challenge.server.get("/api/v1/submissions/?page_size=20")["results"]
    rows = [("id", "phase", "received (UTC)", "state", "method")]
    for one in latest:
        phase = f"{one['track']}/{one['phase']['slug']}"
        rows.append((one["id"], phase, one["received_at"], one["state"], one["method"]))
    _answer(arguments, latest, table(rows))
    return DONE


def _told(arguments: Namespace, challenge: Challenge, submission: dict[str, Any]) -> int:
    """Say how a submission is, or how it ended."""
    if arguments.wait and submission["state"] not in submissions.ENDS:
        remark(f"{submission['id']}: {submission['message']}")
        with ProgressLine() as progress:
            patience = Patience(arguments.retry_for, progress)
            patience.worked()
            submission = submissions.ended(challenge.server, submission["id"], patience, progress)
    text = "" if arguments.json else submissions.as_text(submission, challenge)
    _answer(arguments, submission, f"{submission['id']}\n{text}")
    return submissions.exit_code(submission)


def download(arguments: Namespace) -> int:
    """Get an archive back."""
    server = _challenge().server
    submission = server.get(submissions.path_of(arguments.submission))
    file = arguments.output or Path(f"submission-{arguments.submission}.zip")
    with ProgressLine() as progress:
        patience = Patience(arguments.retry_for, progress)
        patience.worked()
        Download(server, submission, file, patience, progress).get()
    said = {"file": str(file), "sha256": submission["sha256"], "size": submission["size"]}
    _answer(arguments, said, f"{file}: {submission['size']:,} bytes, SHA-256 {submission['sha256']}")
    return DONE


def choose(arguments: Namespace) -> int:
    """Have the leaderboard use a submission, or the best one again."""
    return _changed(arguments, "unchoose" if arguments.undo else "choose")


def withdraw(arguments: Namespace) -> int:
    """Withdraw a submission from the leaderboard, or put it back."""
    return _changed(arguments, "restore" if arguments.undo else "withdraw")


def _changed(arguments: Namespace, act: str) -> int:
    submission = _challenge().server.post(f"{submissions.path_of(arguments.submission)}{act}/", {})
    _answer(arguments, submission, f"{submission['id']}: {CHANGED[act]}")
    return DONE


CHANGED = {
    "choose": "the leaderboard uses this submission.",
    "unchoose": "the leaderboard uses your best submission.",
    "withdraw": "withdrawn from the leaderboard. Its slot stays used.",
    "restore": "back on the leaderboard.",
}


def quota(arguments: Namespace) -> int:
    """Say how many submissions are left."""
    team = _challenge().server.get("/api/v1/team/")
    rows = [("id", "phase", "left", "quota", "more on (UTC)", "closes (UTC)")]
    for phase in team["phases"]:
        numbers = f"{phase['quota']['limit']} per {phase['quota']['per']}"
        dates = phase["next_reset"] or "never", phase["closes_at"] or "never"
        rows.append((str(phase["id"]), name_of(phase), str(phase["slots_left"]), numbers, *dates))
    _answer(arguments, team, f"{team['name']}\n{table(rows)}")
    return DONE


def leaderboard(arguments: Namespace) -> int:
    """Print a leaderboard."""
    challenge = _challenge(need_token=False)
    board = challenge.server.get(f"/api/v1/phases/{challenge.phase(arguments.phase)['id']}/leaderboard/")
    columns = board["columns"]
    rows = [("rank", "team", *(column["title"] for column in columns), "method")]
    for row in board["rows"]:
        scores = [number(row["scores"].get(column["key"]), column) for column in columns]
        rows.append((str(row["rank"] or "–"), row["team"]["name"], *scores, row["method"]))
    _answer(arguments, board, table(rows))
    return DONE


def score(arguments: Namespace) -> int:
    """Score an archive with ground truth of one's own, as `python -m evaluator score` does."""
    try:
        from evaluator.commands import main as evaluator  # noqa: PLC0415  (it needs numpy)
    except ImportError as error:
        raise needs_extra(error) from error
    options = ["--ground-truth", str(arguments.ground_truth), "--jobs", str(arguments.jobs)]
    return evaluator(
        ["score", arguments.scorer, str(arguments.file), *options, *(["--json"] if arguments.json else [])]
    )


def rejected(arguments: Namespace, rejection: Rejected) -> int:
    """Print the problems of an archive that was checked here."""
    if arguments.json:
        say_json(json.loads(rejection.to_json()))
    else:
        say(rejection_as_text(rejection))
    return REJECTED


def _challenge(*, need_token: bool = True, offline: bool = False) -> Challenge:
    return Challenge(Server(credentials.load(need_token=need_token)), offline=offline)


def _answer(arguments: Namespace, value: object, text: str) -> None:
    if arguments.json:
        say_json(value)
    else:
        say(text)
