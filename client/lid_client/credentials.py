"""Which server, and as whom: LID_SERVER and LID_TOKEN, or what `lid login` has kept."""

from __future__ import annotations

import json
import os
from ipaddress import ip_address
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from lid_client.failures import NOT_ALLOWED, WRONG_USAGE, Failure
from lid_client.folders import config_folder, read_json, write_private


class Credentials(NamedTuple):
    """A server's address and a token for it, which may be empty."""

    server: str
    token: str


def file() -> Path:
    """Return where they are kept."""
    return config_folder() / "credentials.json"


def load(*, need_token: bool = True) -> Credentials:
    """Return what the environment says, else what is kept. A kept token goes to no other server than its own."""
    kept = read_json(file())
    server = address_of(os.environ.get("LID_SERVER") or str(kept.get("server", "")))
    token = os.environ.get("LID_TOKEN") or (str(kept.get("token", "")) if server == kept.get("server") else "")
    if need_token and not token:
        raise Failure(NOT_ALLOWED, f"You are not logged in to {server}. Run `lid login`, or set LID_TOKEN.")
    return Credentials(server, token and checked_token(token))


def save(credentials: Credentials) -> None:
    """Keep them, readable by their owner only. Raises OSError."""
    write_private(file(), json.dumps(credentials._asdict()).encode())


def address_of(text: str) -> str:
    """Return a server's address without a final slash."""
    if not text:
        raise Failure(WRONG_USAGE, "Which server? Run `lid login --server https://…`, or set LID_SERVER.")
    address = (text if "://" in text else f"https://{text}").rstrip("/")
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or "@" in parts.netloc:
        raise Failure(WRONG_USAGE, "A server's address is written as https://lid.example.")
    return address


def is_private(address: str) -> bool:
    """Return whether nobody on the way can read what is sent: it is encrypted, or stays on this machine."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    if parts.scheme == "https" or host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def checked_token(token: str) -> str:
    """Return a token that can be sent; the message about another one does not repeat it."""
    token = token.strip()
    if not (token and token.isascii() and token.isprintable()) or " " in token:
        raise Failure(WRONG_USAGE, "This is no token. Copy it from your account page as it is shown there: lid_…")
    return token
