"""The compose project of the check: a copy of the checkout with secrets of its own, on the engine that answers."""

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
HOST = "lid.localhost"  # for which Caddy makes a certificate by itself
PROJECT = "lid-check"
OLDEST_COMPOSE = (2, 24)  # knows `!override`
SERVICES = ("web", "uploads", "worker", "mailer", "postgres", "redis", "caddy")
# A port of its own, so that a server here is left alone; the network of this machine for pip; a mail server.
OVERRIDE = """
services:
  caddy: {{ ports: !override ["127.0.0.1:{port}:443"] }}
  migrate: {{ build: {{ context: ., network: host }} }}
  mail:
    image: lid-challenge-server:${{IMAGE_TAG:-latest}}
    command: [python, /mail_sink.py]
    volumes: ["{sink}:/mail_sink.py:ro"]
    networks: [outside]
    stop_grace_period: 1s
"""


def why_not() -> str:
    """Why nothing can be checked here; empty if it can."""
    if not shutil.which("docker"):
        return "there is no `docker` command here"
    engine = subprocess.run(["docker", "info"], capture_output=True, text=True, check=False)
    if engine.returncode != 0:
        return f"no Docker engine answers: {(engine.stderr or engine.stdout).strip().splitlines()[-1]}"
    asked = ["docker", "compose", "version", "--short"]
    found = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
    numbers = tuple(int(part) for part in found.lstrip("v").split(".")[:2] if part.isdigit())
    return "" if numbers >= OLDEST_COMPOSE else f"Compose is {found or 'missing'}, and 2.24 is needed"


@dataclass
class Site:
    """The running project."""

    folder: Path
    port: int

    @property
    def environment(self) -> dict[str, str]:
        own = {"COMPOSE_PROJECT_NAME": PROJECT, "COMPOSE_FILE": "docker-compose.yml:override.yml"}
        return {name: value for name, value in os.environ.items() if name != "IMAGE_TAG"} | own

    def run(self, *command: str | Path, text: str | None = None, **extra: str) -> str:
        """Run a command in the folder of the project; its output, or an error with its last words."""
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment | extra,
            input=text,
            stdin=subprocess.DEVNULL if text is None else None,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            words = (done.stdout + done.stderr).strip().splitlines()[-15:]
            raise Failed(f"{' '.join(map(str, command))} ended with {done.returncode}:\n" + "\n".join(words))
        return done.stdout

    def compose(self, *words: str, text: str | None = None) -> str:
        return self.run("docker", "compose", *words, text=text)

    def manage(self, *words: str, text: str | None = None) -> str:
        return self.compose("exec", "-T", "web", "python", "manage.py", *words, text=text)

    def sql(self, query: str) -> list[list[str]]:
        said = self.compose(
            "exec", "-T", "postgres", "psql", "-h", "/var/run/postgresql", "-U", "lid", "-Atc", query
        )
        return [line.split("|") for line in said.splitlines()]

    def upgrade(self) -> None:
        """Bring up the version in the folder by the documented script; its tag is the time, without git."""
        self.run("deploy/upgrade")

    def containers(self) -> list[dict[str, Any]]:
        ids = self.compose("ps", "-aq").split()
        return json.loads(self.run("docker", "inspect", *ids)) if ids else []

    def ill(self) -> list[str]:
        """The services that are not up, or whose check is not green."""
        health: dict[str, list[str]] = {name: [] for name in SERVICES}
        for container in self.containers():
            name = container["Config"]["Labels"]["com.docker.compose.service"]
            state = container["State"]
            if name in health:
                health[name].append(state.get("Health", {}).get("Status", "") if state["Running"] else "down")
        return [name for name, found in health.items() if not found or set(found) != {"healthy"}]


class Failed(Exception):
    """A step did not do what it should; the message says what was seen."""


def eventually(condition: Callable[[], Any], seconds: float, what: str) -> Any:
    """The condition's first true value."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise Failed(f"{what}: not within {seconds:.0f} s")
        time.sleep(0.5)
    return value


@contextmanager
def site(folder: Path) -> Iterator[Site]:
    """A project on a free port; all of it but the images is removed afterwards."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        project = Site(folder, probe.getsockname()[1])
    try:
        yield project
    finally:
        if (folder / "docker-compose.yml").exists():
            project.run("docker", "compose", "down", "--volumes", "--timeout", "5", "--remove-orphans")


def put(project: Site, revision: str | None) -> None:
    """Put a version into the project's folder as `git pull` does: the checkout as it is, or a revision."""
    own = {"secrets", ".env", "override.yml", ".git"}
    for path in project.folder.rglob("*"):
        if path.is_file() and path.relative_to(project.folder).parts[0] not in own:
            path.unlink()  # the folders stay, since Caddy's container has one of them mounted
    if revision:
        archive = subprocess.run(["git", "archive", revision], cwd=ROOT, capture_output=True, check=True).stdout
    else:
        listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"]
        names = subprocess.run(listed, cwd=ROOT, capture_output=True, check=True).stdout.split(b"\0")
        there = b"\0".join(name for name in names if name and (ROOT / name.decode()).exists())
        pack = ["tar", "-c", "--null", "-T", "-"]
        archive = subprocess.run(pack, cwd=ROOT, input=there, capture_output=True, check=True).stdout
    subprocess.run(["tar", "-x"], cwd=project.folder, input=archive, check=True)


def fill_in(project: Site) -> None:
    """What an operator writes before the first start."""
    secrets = project.folder / "secrets"
    secrets.mkdir(mode=0o700)
    (secrets / "email_url").write_text("smtp://mail:2525\n")
    (project.folder / ".env").write_text(f"DOMAIN={HOST}\nCONTACT_EMAIL=lid@example.org\n")
    sink = HERE / "mail_sink.py"
    (project.folder / "override.yml").write_text(OVERRIDE.format(port=project.port, sink=sink))
