"""Make .venv and bring it to the state of the lock file; needs nothing but the standard library.

Whatever Python starts this file may be old: it is written so that an old one gets as far as the message.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "synced-with"
RUN_LOCK = "requirements.txt"
DEV_LOCK = "requirements-dev.txt"
OLDEST = (3, 11)
BY_APT = "On Debian or Ubuntu: sudo apt-get install -y"
KNOWN_PYTHONS = ["python3.13", "python3.12", "python3.11", "python3", sys.executable]
SLOW_REGISTRY = {"UV_HTTP_TIMEOUT": "180", "PIP_DEFAULT_TIMEOUT": "180"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dev", action="store_true", help="also what tests and linters need")
    wanted = DEV_LOCK if parser.parse_args().dev or synced_with().startswith(DEV_LOCK) else RUN_LOCK
    try:
        if not is_suitable(venv_python()):
            make_venv()
        if synced_with() != state_of(wanted):
            install(wanted)
            run([venv_python(), "-m", "evaluator", "warm-up"])
            STAMP.write_text(state_of(wanted))
    except subprocess.CalledProcessError as failure:
        sys.exit(f"bootstrap: this command failed, see above: {' '.join(map(str, failure.cmd))}")


def synced_with() -> str:
    """The lock's name and hash that .venv was last brought to. Once the tests' packages are in, they stay."""
    return STAMP.read_text() if STAMP.exists() else ""


def state_of(lock: str) -> str:
    return f"{lock} {hashlib.sha256((ROOT / lock).read_bytes()).hexdigest()}"


def venv_python() -> str:
    return str(VENV / "bin" / "python")


def make_venv() -> None:
    python = find_python()
    print(f"Making .venv with {python} ...", flush=True)
    run([python, "-m", "venv", "--clear", str(VENV)])


def find_python() -> str:
    new_enough = [name for name in KNOWN_PYTHONS if is_suitable(name)]
    with_venv = [name for name in new_enough if succeeds([name, "-c", "import venv, ensurepip"])]
    if with_venv:
        return with_venv[0]
    oldest = ".".join(map(str, OLDEST))
    if not new_enough:
        sys.exit(f"bootstrap: Python {oldest} or newer is needed. {BY_APT} python3 python3-venv")
    sys.exit(f"bootstrap: {new_enough[0]} has no venv module. {BY_APT} {Path(new_enough[0]).name}-venv")


def is_suitable(python: str) -> bool:
    """Ask the interpreter itself: a name on PATH may be a shim with nothing behind it."""
    return succeeds([python, "-c", f"import sys; sys.exit(sys.version_info < {OLDEST})"])


def succeeds(command: list[str]) -> bool:
    if not shutil.which(command[0]):
        return False
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def install(lock: str) -> None:
    print(f"Installing {lock} into .venv ...", flush=True)
    by_uv = [venv_python(), "-m", "uv", "pip", "sync", "--python", venv_python(), "--require-hashes", lock]
    if has_uv() and run_or_warn(by_uv):
        return
    print("Going on with plain pip, which is slower ...", flush=True)
    run(pip_install(lock))


def has_uv() -> bool:
    return succeeds([venv_python(), "-m", "uv", "--version"]) or install_uv()


def install_uv() -> bool:
    """Install the uv of the lock, by its hashes."""
    pin = re.search(r"^uv==.*\n(?:[ \t]+.*\n)*", (ROOT / DEV_LOCK).read_text(), re.MULTILINE)
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as only_uv:
        only_uv.write(pin.group() if pin else "")
        only_uv.flush()
        return run_or_warn(pip_install(only_uv.name))


def pip_install(lock: str) -> list[str]:
    return [venv_python(), "-m", "pip", "install", "--quiet", "--require-hashes", "-r", lock]


def run_or_warn(command: list[str]) -> bool:
    try:
        run(command)
    except subprocess.CalledProcessError:
        print(f"That did not work: {' '.join(command)}", flush=True)
        return False
    return True


def run(command: list[str]) -> None:
    subprocess.run(command, cwd=ROOT, env={**SLOW_REGISTRY, **os.environ}, check=True)


if __name__ == "__main__":
    main()
