"""What a start is refused for: a secret key that can be guessed, and debug pages where others can reach them."""

import ipaddress
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks

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


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def refuse_bad_start() -> None:
    """For what is started without manage.py, which runs the checks by itself."""
    found = checks.run_checks(tags=["start"])
    if found:
        raise SystemExit("\n".join(f"{error.msg}\n  {error.hint}" for error in found))
