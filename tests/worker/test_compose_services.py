"""Every service of docker-compose.yml by its own command, environment and health check, without an engine.

Archives, drafts and packs lie on mounts of their own, of which each service sees what its containers see.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.client import encode_multipart

from server.accounts.services import make_token
from server.submissions.models import Evaluation
from server.tracks.models import ScoringRule
from server.tracks.services import draft_ground_truth
from tests import processes
from tests.ground_truths import SAID, Truth, generated, write
from tests.processes import Process, eventually

pytestmark = [pytest.mark.both_setups, pytest.mark.django_db(transaction=True)]
ROOT = Path(__file__).resolve().parents[2]
SERVICES = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
IMAGE = (ROOT / "Dockerfile").read_text()
OF_THE_IMAGE = json.loads(re.search(r"^CMD (\[.*\])", IMAGE.replace("\\\n", ""), re.MULTILINE)[1])
PROGRAMS = {"python": [], "celery": ["-m", "celery"], "gunicorn": ["-m", "gunicorn"]}
QUICK = {"SWEEP_SECONDS": "0.3", "HEARTBEAT_SECONDS": "0.2", "WATCH_SECONDS": "0", "EVALUATOR_JOBS": "1"}


class Service(Process):
    """A service that is up once its own health check says so."""

    PRELOADED = False  # it may be a script

    def __init__(self, name: str, host: "Host") -> None:
        arguments = host.arguments(name)
        self.check = lambda: host.is_healthy(name)
        super().__init__(name, arguments, host.environment(name), host.folder / f"{name}.log")

    def is_up(self) -> bool:
        return self.check()


class Host:
    """Folders and a port in place of the paths and the port of the containers."""

    def __init__(self, folder: Path, packs: Path) -> None:
        self.folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.mounts = {"data": settings.DATA_DIR, "ground-truth": packs, "ground-truth-drafts": folder / "drafts"}
        self.empty = folder / "nothing"
        nothing = [self.empty / volume for volume in self.mounts]
        temporary = [folder / "tmp" / service for service in SERVICES]
        for path in (*nothing, *temporary, folder / "secrets", self.mounts["ground-truth-drafts"]):
            path.mkdir(parents=True, exist_ok=True)
        secrets = {
            "secret_key": settings.SECRET_KEY,
            "secret_key_fallbacks": "",
            "database_url": processes.database_url(),
            "broker_url": settings.CELERY_BROKER_URL,
            "cache_url": "locmemcache://",
            "email_url": "dummymail://\n",
        }
        for name, secret in secrets.items():
            (folder / "secrets" / name).write_text(secret)

    def here(self, name: str, text: str) -> str:
        """The same words with what stands for the container's places here."""
        words = {
            "/run/secrets": f"{self.folder}/secrets",
            "/tmp/": f"{self.folder}/tmp/{name}/",
            "8000": str(self.port),
        }
        text = re.sub("|".join(words), lambda there: words[there[0]], text)  # at once: this folder may be in /tmp
        said = {"DOMAIN": "lid.example"}
        return re.sub(r"\$\{(\w+):?[-?]?([^}]*)\}", lambda found: said.get(found[1], found[2]), text)

    def arguments(self, name: str) -> list[str]:
        program, *rest = SERVICES[name].get("command", OF_THE_IMAGE)
        return [*PROGRAMS[program], *(self.here(name, word) for word in rest)]

    def environment(self, name: str) -> dict[str, str]:
        service = SERVICES[name]
        mounted = {self.mounts[mount.split(":")[0]] for mount in service.get("volumes", [])}

        def seen(volume: str) -> str:
            return str(self.mounts[volume] if self.mounts[volume] in mounted else self.empty / volume)

        given = {key: self.here(name, value) for key, value in service["environment"].items() if value}
        folders = {
            "DATA_DIR": seen("data"),
            "GROUND_TRUTH_DIR": seen("ground-truth"),
            "GROUND_TRUTH_DRAFTS_DIR": seen("ground-truth-drafts"),
        }
        path = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "HOME": str(self.folder)}
        return path | given | folders | QUICK

    def is_healthy(self, name: str) -> bool:
        """Whether its health check ends with exit code 0."""
        how, *words = SERVICES[name]["healthcheck"]["test"]
        script = words[0].replace("$$", "$") if how == "CMD-SHELL" else Path(ROOT, words[0]).read_text()
        shell = "sh" if how == "CMD-SHELL" else "bash"
        environment = self.environment(name)
        command = [shell, "-c", self.here(name, script) if how == "CMD-SHELL" else self.with_port(script)]
        return subprocess.run(command, env=environment, capture_output=True, check=False).returncode == 0

    def with_port(self, script: str) -> str:
        return script.replace("8000", str(self.port))


@pytest.fixture
def host(folders, tmp_path, settings):
    if connection.vendor != "postgresql":
        pytest.skip("docker-compose.yml is for PostgreSQL and Redis")
    with tempfile.TemporaryDirectory(dir="/dev/shm", prefix="lid-packs-") as packs:
        made = Host(tmp_path, Path(packs))
        settings.GROUND_TRUTH_DIR = made.mounts["ground-truth"]
        settings.GROUND_TRUTH_DRAFTS_DIR = made.mounts["ground-truth-drafts"]
        yield made


@pytest.fixture
def start(host, shown) -> Callable[[str], Service]:
    def begin(name: str) -> Service:
        assert not host.is_healthy(name), f"{name} is well before it runs"
        return shown(Service(name, host)).started()

    return begin


def test_every_service_starts_is_well_and_scores_with_the_volumes_that_it_has(
    host, start, tracks, alice, open_phase, tmp_path
):
    """From a draft to a score; `uploads` is `web` once more."""
    assert SERVICES["uploads"] == SERVICES["web"]
    migrate = [sys.executable, *host.arguments("migrate")]
    subprocess.run(migrate, cwd=ROOT, env=host.environment("migrate"), check=True)
    write(generated("segmentation", "test", 12), tmp_path / "pictures")
    zipped = shutil.make_archive(str(host.mounts["ground-truth-drafts"] / "truth"), "zip", tmp_path / "pictures")
    draft = draft_ground_truth(
        track=tracks["segmentation"], split="test", source=Path(zipped), options={}, publish=True, by=alice
    )
    web, *_ = [start(name) for name in ("web", "mailer", "worker")]
    rule = eventually(lambda: ScoringRule.objects.filter(ground_truth=draft).first())
    archive = Truth(generated("segmentation", "test", 12), draft, rule).guessed(0.8)
    assert (
        submit(host, open_phase(), make_token(user=alice, label="x", scope="submit", days=None)[1], archive) == 201
    )
    eventually(lambda: Evaluation.objects.get().state == "scored")
    assert ("POST /api/v1/submissions/" in web.output(), "/healthz" in web.output()) == (True, False)
    assert [path for path in host.empty.rglob("*") if path.is_file()] == []


def submit(host: Host, phase, token: str, archive: bytes) -> int:
    body = encode_multipart(
        "frontier", SAID | {"phase": phase.pk, "archive": SimpleUploadedFile("r.zip", archive)}
    )
    (host.folder / "body").write_bytes(body)
    headers = [
        *("Host: lid.example", "X-Forwarded-Proto: https", f"Authorization: Bearer {token}"),
        "Content-Type: multipart/form-data; boundary=frontier",
    ]
    options = [word for header in headers for word in ("--header", header)]
    target = f"http://127.0.0.1:{host.port}/api/v1/submissions/"
    command = ["curl", "--silent", "--write-out", "%{http_code}", "--output", "/dev/null", *options]
    command += ["--data-binary", f"@{host.folder}/body", target]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


@pytest.mark.parametrize("name", ["worker", "mailer"])
def test_a_heartbeat_that_has_stopped_is_noticed(host, name):
    heartbeat = host.folder / "tmp" / name / "heartbeat"
    heartbeat.touch()
    assert host.is_healthy(name)
    three_minutes_ago = time.time() - 180
    os.utime(heartbeat, (three_minutes_ago, three_minutes_ago))
    assert not host.is_healthy(name)
