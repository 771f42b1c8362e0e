"""Runs the command as a training machine does: nothing but the standard library, and a home folder of its own."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

CLIENT = Path(__file__).resolve().parents[2] / "client"
# It heeds Ctrl-C also where the tests run in the background, which ignores SIGINT.
START = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.path.insert(0, sys.argv.pop(1))
from lid_client.cli import main
sys.exit(main())
"""
OLDEST = "3.9"  # Python that the client promises
SECRET = "lid_0123456789abcdef"


@dataclass
class Lid:
    """The command of one person: `lid("quota")`; `variables` are its environment."""

    home: Path
    variables: dict[str, str]
    python: str = sys.executable
    flags: tuple[str, ...] = ("-I", "-S")  # without environment, current folder and site-packages

    def command(self, *arguments: object) -> list[str]:
        return [self.python, *self.flags, "-c", START, str(CLIENT), *map(str, arguments)]

    @property
    def environment(self) -> dict[str, str]:
        return {"HOME": str(self.home), "PATH": os.environ["PATH"], **self.variables}

    def __call__(self, *arguments: object, stdin: str = "") -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            self.command(*arguments),
            input=stdin,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        printed = done.stdout + done.stderr
        assert "Traceback" not in printed
        assert self.variables.get("LID_TOKEN", SECRET) not in printed
        return done

    def json(self, *arguments: object, exit_code: int = 0, stdin: str = "") -> dict:
        done = self(*arguments, "--json", stdin=stdin)
        assert done.returncode == exit_code, done
        return json.loads(done.stdout)

    def start(self, *arguments: object) -> subprocess.Popen[bytes]:
        return subprocess.Popen(self.command(*arguments), env=self.environment, stdin=subprocess.DEVNULL)


def python_of(version: str) -> str | None:
    """A Python of that version that starts, of the system or of pyenv."""
    candidates = [shutil.which(f"python{version}"), *Path.home().glob(f".pyenv/versions/{version}.*/bin/python")]
    works = (
        str(one)
        for one in candidates
        if one and not subprocess.run([one, "-c", ""], capture_output=True, check=False).returncode
    )
    return next(works, None)
