"""Programs that others wrote and that send a file in pieces; each prints where it has sent it."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).parent
DOCS = HERE.parents[1] / "docs" / "teams.md"
TUS_JS, LOCK = HERE / "tus_js", "package-lock.json"
NODE_FOLDER = Path(sys.prefix) / "share" / "lid-tus-js"
BY_NPM = [
    "npm",
    "ci",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    "--fetch-retries",
    "0",
    "--fetch-timeout",
    "20000",
]


class NotHere(Exception):
    """The client is not installed; the message says what is missing."""


@dataclass(frozen=True)
class Client:
    """A client: its name with its version, and the command that sends a file to a phase of a site."""

    name: str
    command: Callable[[str, int, Path], list[str]]

    @contextmanager
    def sending(self, site: str, phase: int, file: Path, token: str) -> Iterator[subprocess.Popen[str]]:
        with subprocess.Popen(
            self.command(site, phase, file),
            env=os.environ | {"LID_TOKEN": token},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                yield process
            finally:
                process.kill()


def tuspy() -> Client:
    script = str(HERE / "by_tuspy.py")
    return Client(
        f"tuspy {version('tuspy')}",
        lambda site, phase, file: [sys.executable, script, site, str(phase), str(file)],
    )


def tus_js_client() -> Client:
    """tus-js-client, which npm installs by its lock where it is not here. Raises NotHere."""
    if not (shutil.which("node") and shutil.which("npm")):
        raise NotHere("no node and npm here: apt-get install nodejs npm to have tus-js-client tried")
    is_here = (NODE_FOLDER / "node_modules" / ".package-lock.json").exists()  # the last file that npm writes
    if not (is_here and (NODE_FOLDER / LOCK).read_bytes() == (TUS_JS / LOCK).read_bytes()):
        shutil.rmtree(NODE_FOLDER, ignore_errors=True)
        shutil.copytree(TUS_JS, NODE_FOLDER)
        ended = subprocess.run(BY_NPM, cwd=NODE_FOLDER, capture_output=True, text=True, check=False)
        if ended.returncode != 0:
            raise NotHere(f"npm cannot fetch tus-js-client: {ended.stderr.strip()[-300:]}")
    locked = json.loads((NODE_FOLDER / LOCK).read_text())["packages"]["node_modules/tus-js-client"]
    return Client(
        f"tus-js-client {locked['version']}",
        lambda site, phase, file: ["node", str(NODE_FOLDER / "send.js"), site, str(phase), str(file)],
    )


def curl() -> Client:
    """curl in the script of the documentation, but for its last step. Raises NotHere."""
    if not shutil.which("curl"):
        raise NotHere("no curl here: apt-get install curl")
    told = subprocess.run(["curl", "--version"], capture_output=True, text=True, check=True).stdout
    return Client(" ".join(told.split()[:2]), lambda site, phase, file: ["sh", "-c", script_of(site, phase, file)])


CLIENTS = {"tuspy": tuspy, "tus-js-client": tus_js_client, "curl": curl}


def script(site: str, phase: int) -> str:
    """The documentation's script for another site and phase. It wants LID_TOKEN, and results.zip in its folder."""
    text = DOCS.read_text().partition("### Send an archive in pieces")[2]
    lines = [line[4:] for line in text.splitlines() if line.startswith("    ")]
    return "\n".join(lines).replace("https://lid.example phase=12", f"{site} phase={phase}")


def script_of(site: str, phase: int, file: Path) -> str:
    sending = script(site, phase).partition("# Submit it.")[0].replace("sleep 5", "sleep 0.3")
    return f"cd {file.parent}\n" + sending.replace("results.zip", file.name) + "echo $site/api/v1/uploads/$id\n"
