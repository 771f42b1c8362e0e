"""Resolve requirements*.in into locks with hashes that hold for every supported Python and platform."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMPILE = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--custom-compile-command", "make lock"]
COMPILE += ["--universal", "--generate-hashes", "--python-version", "3.11"]
LOCKS = {
    "requirements": [],
    "requirements-dev": [],
    "requirements-servers": ["--no-deps"],  # only the binaries inside are used
}


def main(more_options: list[str]) -> None:
    for name, options in LOCKS.items():
        files = [f"{name}.in", "--output-file", f"{name}.txt"]
        subprocess.run([*COMPILE, *options, *more_options, *files], cwd=ROOT, check=True)


if __name__ == "__main__":
    main(sys.argv[1:])
