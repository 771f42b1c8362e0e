"""Files that are kept between commands, readable by nobody else: the log-in, and the state of uploads."""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

WINDOWS = sys.platform == "win32"


def config_folder() -> Path:
    """Return the folder of the credentials."""
    return _folder("APPDATA" if WINDOWS else "XDG_CONFIG_HOME", ".config")


def state_folder() -> Path:
    """Return the folder of what may be lost: uploads on their way, manifests."""
    return _folder("LOCALAPPDATA" if WINDOWS else "XDG_STATE_HOME", ".local/state")


def _folder(variable: str, below_home: str) -> Path:
    chosen = os.environ.get(variable)
    return (Path(chosen) if chosen else Path.home() / below_home) / "lid"


def write_private(path: Path, contents: bytes) -> None:
    """Replace a file at once, with mode 0600 from its first byte. Raises OSError."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = path.with_name(f"{path.name}.{os.getpid()}")
    with suppress(FileNotFoundError):
        new.unlink()
    try:
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(contents)
            stream.flush()
            os.fsync(stream.fileno())
        new.replace(path)
    finally:
        with suppress(FileNotFoundError):
            new.unlink()


def read_json(path: Path) -> dict[str, Any]:
    """Return the object in a file; empty where there is none, or it is damaged."""
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
