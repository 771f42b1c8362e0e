"""System checks: errors that stop the server from starting, and warnings to operators of workers."""

import logging
import os
import platform
import sys
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from evaluator.contract import PACK_FORMAT
from server.environment import is_loopback
from server.sandbox import filters_calls, landlock_version, sandbox_user

log = logging.getLogger(__name__)
MIN_KEY_LENGTH, MIN_DISTINCT_CHARACTERS = 50, 10
PLACEHOLDERS = ("insecure", "changeme", "change-me", "change_me", "secret", "placeholder", "password", "example")
MAKE_A_KEY = 'python3 -c "import secrets; print(secrets.token_urlsafe(50))"'


@checks.register("start")
def secret_key_cannot_be_guessed(**_: Any) -> list[checks.CheckMessage]:
    key = settings.SECRET_KEY.lower()
    long_enough = len(key) >= MIN_KEY_LENGTH and len(set(key)) >= MIN_DISTINCT_CHARACTERS
    if long_enough and not any(word in key for word in PLACEHOLDERS):
        return []
    return [
        checks.Error(
            f"SECRET_KEY is a placeholder or shorter than {MIN_KEY_LENGTH} characters. Anybody who guesses it can "
            "log in as anyone.",
            hint=f"Set SECRET_KEY in .env to what this prints: {MAKE_A_KEY}",
            id="lid.E001",
        )
    ]


@checks.register("start")
def debug_is_off_in_public(**_: Any) -> list[checks.CheckMessage]:
    hosts = [*settings.ALLOWED_HOSTS, urlsplit(settings.SITE_URL).hostname or ""]
    public = sorted({host for host in hosts if not is_loopback(host)})
    if not settings.DEBUG or not public:
        return []
    return [
        checks.Error(
            f"DEBUG is on and the server is reachable as {', '.join(public)}: its error pages show source code.",
            hint="Set DEBUG=false in .env, or ALLOWED_HOSTS and SITE_URL to localhost.",
            id="lid.E002",
        )
    ]


@checks.register("start")
def private_folders_are_not_served(**_: Any) -> list[checks.CheckMessage]:
    apps = [settings.BASE_DIR / name for name in ("server", "leaderboard")]  # their `static` folders
    served = [settings.PUBLIC_DIR, settings.STATIC_ROOT, *settings.STATICFILES_DIRS, *apps]
    private = (
        *("GROUND_TRUTH_DIR", "GROUND_TRUTH_DRAFTS_DIR", "ARCHIVES_DIR", "STATISTICS_DIR", "WORK_DIR"),
        "CASES_DIR",
    )
    pairs = product(private, sorted({Path(folder).resolve() for folder in served}))
    return [
        checks.Error(
            f"{name} is {folder}, and files in {open_to_all} are served: ground truth or archives could leak.",
            hint=f"Set {name if name.startswith('GROUND') else 'DATA_DIR'} to another folder, such as /srv/lid.",
            id="lid.E003",
        )
        for name, open_to_all in pairs
        if _overlap(folder := Path(getattr(settings, name)).resolve(), open_to_all)
    ]


@checks.register("start")
def ground_truth_is_readable_by_owner_only(**_: Any) -> list[checks.CheckMessage]:
    folder = settings.GROUND_TRUTH_DIR
    packs = sorted([*folder.glob("*.pack"), *folder.glob("*.source.zip")])
    return [
        checks.Error(f"Users other than its owner can read {pack}.", hint=f"chmod 0400 {pack}", id="lid.E004")
        for pack in packs
        if pack.stat().st_mode & 0o077
    ]


def _overlap(one: Path, other: Path) -> bool:
    """Whether one of two folders contains the other."""
    return one.is_relative_to(other) or other.is_relative_to(one)


@checks.register("contact")
def contact_is_set(**_: Any) -> list[checks.CheckMessage]:
    if not settings.CONTACT_EMAIL:
        return [
            checks.Warning(
                "CONTACT_EMAIL is not set: pages and mails name no address to which people could write.",
                hint="Set CONTACT_EMAIL in .env to an address that the organisers read.",
                id="lid.W006",
            )
        ]
    try:
        validate_email(settings.CONTACT_EMAIL)
    except ValidationError:
        return [
            checks.Error(
                f"CONTACT_EMAIL is “{settings.CONTACT_EMAIL}”, which is no e-mail address.",
                hint="Write it as lid@example.org, without a name.",
                id="lid.E005",
            )
        ]
    return []


@checks.register("worker")
def evaluator_files_are_restricted(**_: Any) -> list[checks.CheckMessage]:
    if landlock_version() > 0:
        return []
    return [
        checks.Warning(
            "This kernel has no Landlock: the evaluator can read every file that its user can read.",
            hint="Use Linux 5.13 or later with landlock in lsm=, or give workers a user of their own.",
            id="lid.W001",
        )
    ]


@checks.register("worker")
def evaluator_network_is_blocked(**_: Any) -> list[checks.CheckMessage]:
    if filters_calls():
        return []
    return [
        checks.Warning(
            f"System calls are not filtered on {platform.machine()}: the evaluator can open sockets.",
            hint="Use x86_64 or aarch64, or run workers in a network without a route out.",
            id="lid.W002",
        )
    ]


@checks.register("worker")
def evaluator_does_not_run_as_root(**_: Any) -> list[checks.CheckMessage]:
    if os.geteuid() != 0 or sandbox_user():
        return []
    return [
        checks.Warning(
            f"The worker runs as root, and {settings.EVALUATOR_USER} cannot run {sys.executable} or reach "
            f"{settings.WORK_DIR}: archives are scored as root, without capabilities.",
            hint="Run workers as an ordinary user, or put Python and DATA_DIR where EVALUATOR_USER can read them.",
            id="lid.W003",
        )
    ]


@checks.register("worker")
def packs_can_be_read(**_: Any) -> list[checks.CheckMessage]:
    packs = sorted(settings.GROUND_TRUTH_DIR.glob("*.pack"))
    return [
        checks.Warning(
            f"{pack} is no pack that this version can read: submissions that are scored with it wait.",
            hint="Run manage.py install_ground_truth with the same PNGs: the scoring rule and all results stay. "
            "A source that was uploaded in the admin is packed again by itself.",
            id="lid.W004",
        )
        for pack in packs
        if _starts(pack) != PACK_FORMAT
    ]


def _starts(pack: Path) -> bytes:
    try:
        with pack.open("rb") as stream:
            return stream.read(len(PACK_FORMAT))
    except OSError:
        return b""


def warn_worker() -> None:
    """Log the worker checks' warnings; for processes started without manage.py, which runs no checks."""
    for warning in checks.run_checks(tags=["worker"]):
        log.warning("%s %s", warning.msg, warning.hint)


def refuse_bad_start() -> None:
    """Run the start checks in a process started without manage.py. Raises SystemExit where one fails."""
    found = checks.run_checks(tags=["start"])
    for warning in found:
        if warning.level < checks.ERROR:
            log.warning("%s %s", warning.msg, warning.hint)
    if errors := [message for message in found if message.level >= checks.ERROR]:
        raise SystemExit("\n".join(f"{error.msg}\n  {error.hint}" for error in errors))
