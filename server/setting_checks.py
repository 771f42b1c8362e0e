"""System checks of settings that are well formed, but probably not what was meant."""

import os
from email.utils import parseaddr
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks

from server.environment import is_loopback, misspelt

PRINTS = ("console", "dummy", "locmem", "filebased")  # mail backends that send nothing


def is_public() -> bool:
    """Whether others can reach the site."""
    return not is_loopback(urlsplit(settings.SITE_URL).hostname or "localhost")


@checks.register("start")
def names_are_spelt_right(**_: Any) -> list[checks.CheckMessage]:
    """An error on a public site. On one's own machine the name may well be another program's."""
    level = checks.Error if is_public() else checks.Warning
    return [
        level(
            f"{name} is no setting of this server and changes nothing; {meant} is probably meant.",
            hint=f"Rename it to {meant} in .env or the environment, or remove it.",
            id="lid.E006" if level is checks.Error else "lid.W007",
        )
        for name, meant in misspelt(list(os.environ), settings.KNOWN_SETTINGS).items()
    ]


@checks.register("start")
def site_url_is_an_address(**_: Any) -> list[checks.CheckMessage]:
    if _is_http(settings.SITE_URL):
        return []
    return [
        checks.Error(
            f"SITE_URL is “{settings.SITE_URL}”: links in mails would lead nowhere.",
            hint="Write it as https://lid.example.org.",
            id="lid.E007",
        )
    ]


@checks.register("start")
def ping_url_is_an_address(**_: Any) -> list[checks.CheckMessage]:
    if not settings.PING_URL or _is_http(settings.PING_URL):
        return []
    return [checks.Error("PING_URL is no http address.", hint="Write it as https://hc-ping.com/….", id="lid.E009")]


def _is_http(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


@checks.register("start")
def mail_is_sent(**_: Any) -> list[checks.CheckMessage]:
    backend = settings.EMAIL_BACKEND.rpartition(".backends.")[2].partition(".")[0]
    if not is_public() or backend not in PRINTS:
        return []
    return [
        checks.Warning(
            "EMAIL_URL names no mail server: mails are not sent, and nobody can sign up.",
            hint="Set EMAIL_URL in .env, then try it: manage.py sendtestemail ADDRESS.",
            id="lid.W008",
        )
    ]


@checks.register("start")
def mail_has_a_sender(**_: Any) -> list[checks.CheckMessage]:
    address = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    domain = address.rpartition("@")[2]
    if "@" in address and not (is_public() and is_loopback(domain)):
        return []
    level = checks.Warning if "@" in address else checks.Error
    return [
        level(
            f"DEFAULT_FROM_EMAIL is “{settings.DEFAULT_FROM_EMAIL}”: mail servers refuse that sender.",
            hint="Leave it out, and mails come from noreply@ the domain of SITE_URL, or name a sender there.",
            id="lid.W009" if level is checks.Warning else "lid.E008",
        )
    ]
