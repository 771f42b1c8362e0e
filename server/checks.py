"""What a start is refused for, and what operators are warned of."""

import ipaddress
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

from server.sandbox import filters_calls, landlock_version, sandbox_user

log = logging.getLogger(__name__)
SHORTEST_KEY, FEWEST_LETTERS = 50, 10
PLACEHOLDERS = ("insecure", "changeme", "change-me", "change_me", "secret", "placeholder", "password", "example")
MAKE_A_KEY = 'python3 -c "import secrets; print(secrets.token_urlsafe(50))"'


@checks.register("start")
def secret_key_cannot_be_guessed(**_: Any) -> list[checks.CheckMessage]:
    key = settings.SECRET_KEY.lower()
    long_enough = len(key) >= SHORTEST_KEY and len(set(key)) >= FEWEST_LETTERS
    if long_enough and not any(word in key for word in PLACEHOLDERS):
        return []
    return [
        checks.Error(
            f"SECRET_KEY is a placeholder, or shorter than {SHORTEST_KEY} letters: whoever guesses it is anybody.",
            hint=f"Set SECRET_KEY in .env to what this prints: {MAKE_A_KEY}",
            id="lid.E001",
        )
    ]


@checks.register("start")
def debug_pages_stay_at_home(**_: Any) -> list[checks.CheckMessage]:
    hosts = [*settings.ALLOWED_HOSTS, urlsplit(settings.SITE_URL).hostname or ""]
    public = sorted({host for host in hosts if not _is_this_machine(host)})
    if not settings.DEBUG or not public:
        return []
    return [
        checks.Error(
            f"DEBUG is on and the server answers as {', '.join(public)}: its error pages show our source.",
            hint="Set DEBUG=false in .env, or ALLOWED_HOSTS and SITE_URL to localhost.",
            id="lid.E002",
        )
    ]


@checks.register("start")
def what_is_private_is_never_served(**_: Any) -> list[checks.CheckMessage]:
    ours = [settings.BASE_DIR / name for name in ("server", "leaderboard")]  # their `static` folders
    served = [settings.PUBLIC_DIR, settings.STATIC_ROOT, *settings.STATICFILES_DIRS, *ours]
    private = ("GROUND_TRUTH_DIR", "GROUND_TRUTH_DRAFTS_DIR", "ARCHIVES_DIR", "STATISTICS_DIR", "WORK_DIR")
    pairs = product(private, sorted({Path(folder).resolve() for folder in served}))
    return [
        checks.Error(
            f"{name} is {folder}, and files of {open_to_all} are served: ground truth or archives could leak.",
            hint=f"Give {name if name.startswith('GROUND') else 'DATA_DIR'} a folder beside it, such as /srv/lid.",
            id="lid.E003",
        )
        for name, open_to_all in pairs
        if _share(folder := Path(getattr(settings, name)).resolve(), open_to_all)
    ]


@checks.register("start")
def ground_truth_is_its_owners_alone(**_: Any) -> list[checks.CheckMessage]:
    packs = sorted(settings.GROUND_TRUTH_DIR.glob("*.pack"))
    return [
        checks.Error(f"Others than its owner can read {pack}.", hint=f"chmod 0400 {pack}", id="lid.E004")
        for pack in packs
        if pack.stat().st_mode & 0o077
    ]


def _share(one: Path, other: Path) -> bool:
    return one.is_relative_to(other) or other.is_relative_to(one)


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


@checks.register("worker")
def files_are_closed_to_the_evaluator(**_: Any) -> list[checks.CheckMessage]:
    if landlock_version() > 0:
        return []
    return [
        checks.Warning(
            "This kernel has no Landlock: what scores archives can read every file that its user can.",
            hint="Take a kernel from 5.13 on, with landlock in its lsm=. Else give workers a user of their own.",
            id="lid.W001",
        )
    ]


@checks.register("worker")
def networks_are_closed_to_the_evaluator(**_: Any) -> list[checks.CheckMessage]:
    if filters_calls():
        return []
    return [
        checks.Warning(
            f"The calls of {platform.machine()} are not filtered: what scores archives can open sockets.",
            hint="Take x86_64 or aarch64, or give workers a network that leads nowhere.",
            id="lid.W002",
        )
    ]


@checks.register("worker")
def root_scores_as_another_user(**_: Any) -> list[checks.CheckMessage]:
    if os.geteuid() != 0 or sandbox_user():
        return []
    return [
        checks.Warning(
            f"Root runs this, and {settings.EVALUATOR_USER} cannot run {sys.executable} or reach "
            f"{settings.WORK_DIR}: archives are scored as root, without its capabilities.",
            hint="Run workers as an ordinary user, or put Python and DATA_DIR where EVALUATOR_USER may read.",
            id="lid.W003",
        )
    ]


def warn_worker() -> None:
    """For what is started without manage.py, as above."""
    for warning in checks.run_checks(tags=["worker"]):
        log.warning("%s %s", warning.msg, warning.hint)


def refuse_bad_start() -> None:
    """For what is started without manage.py, which runs the checks by itself."""
    found = checks.run_checks(tags=["start"])
    if found:
        raise SystemExit("\n".join(f"{error.msg}\n  {error.hint}" for error in found))
