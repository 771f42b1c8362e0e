"""Clients that two generators make of docs/openapi.yaml pass strict type checks, and read a score."""

import hashlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from server.accounts.models import ApiToken
from server.accounts.services import make_token
from server.submissions.models import Evaluation

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
HERE, BIN = Path(__file__).parent, Path(sys.executable).parent
NODE_PACKAGES = settings.BASE_DIR / ".cache" / "typescript-client"  # kept, since npm takes a while


@pytest.fixture
def folder(tmp_path):
    """The programs, beside which the clients are generated."""
    made = shutil.copytree(HERE, tmp_path / "clients", ignore=shutil.ignore_patterns("test_*", "__pycache__"))
    for name in ("docs", "tests"):
        (made / name).symlink_to(settings.BASE_DIR / name)
    return made


@pytest.fixture
def call(web, worker, phase, alice, good_zip, folder):
    """What a program needs to be told: server, token, phase and archive."""
    (folder / "results.zip").write_bytes(good_zip)
    _, secret = make_token(user=alice, label="laptop", scope=ApiToken.Scope.SUBMIT, days=None)
    return [web.url, secret, str(phase.pk), str(folder / "results.zip")]


def run(*command: object, folder: Path) -> str:
    words = [str(word) for word in command]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def assert_it_read_the_score(printed: str) -> None:
    evaluation = Evaluation.objects.select_related("submission__phase__track").get()
    metrics = evaluation.submission.phase.track.description.metrics
    scores = {metric.key: metric.rounded(evaluation.score(metric.key)) for metric in metrics}
    assert json.loads(printed) == {"state": "scored", "scores": scores}


def test_the_python_client_passes_mypy_and_reads_a_score(call, folder):
    generator, *words = documented("openapi-python-client")
    words += ["--fail-on-warning", "--meta", "none", "--output-path", "lid_api"]
    run(BIN / generator, *words, folder=folder)
    run(BIN / "mypy", "--strict", "--config-file", os.devnull, "lid_api", "submit.py", folder=folder)
    assert_it_read_the_score(run(sys.executable, "submit.py", *call, folder=folder))


def test_the_typescript_client_compiles_and_reads_a_score(node_packages, call, folder):
    (folder / "node_modules").symlink_to(node_packages)
    tools = folder / "node_modules" / ".bin"
    generator, *words = documented("openapi-typescript")
    run(tools / generator, *words, folder=folder)
    run(tools / "tsc", folder=folder)
    assert_it_read_the_score(run("node", "submit.js", *call, folder=folder))


def documented(generator: str) -> list[str]:
    """The command that docs/teams.md gives, which is run where docs and tests are."""
    text = (settings.BASE_DIR / "docs" / "teams.md").read_text()
    (line,) = re.findall(rf"^{generator} .+$", text, re.MULTILINE)
    return shlex.split(line)


@pytest.fixture(scope="module")
def node_packages():
    """The packages that package-lock.json pins."""
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("node and npm are not installed: no TypeScript client is generated")
    kept = NODE_PACKAGES / hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()[:16]
    if not (kept / "installed").exists():
        shutil.rmtree(NODE_PACKAGES, ignore_errors=True)
        kept.mkdir(parents=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, kept)
        npm = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        done = subprocess.run(npm, cwd=kept, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"npm cannot install openapi-typescript: {done.stderr.strip()[-200:]}")
        (kept / "installed").touch()
    return kept / "node_modules"
