"""The client as a team installs it: its wheel in an empty environment, on the oldest Python it promises too."""

import json
import os
import subprocess

import pytest
from factories import write_zip
from fake_server import MANIFEST
from running_lid import OLDEST, python_of

from server.accounts.models import ApiToken
from server.accounts.services import make_token
from server.submissions.models import Submission


@pytest.fixture(params=[OLDEST, "3.12"])
def lid(request, wheel, tmp_path):
    """`lid(*words, stdin=…)`: the installed command, in a folder with a home of its own."""
    python = python_of(request.param)
    if python is None:
        pytest.skip(f"Python {request.param} is not installed")
    made = tmp_path / "environment"
    subprocess.run([python, "-m", "venv", made], check=True, capture_output=True)
    pip = [made / "bin/python", "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "install", "--no-index", wheel], check=True, capture_output=True)
    (tmp_path / "home").mkdir()
    (tmp_path / "manifest.json").write_text(json.dumps(MANIFEST))
    environment = {"HOME": str(tmp_path / "home"), "PATH": os.environ["PATH"]}

    def run(*words: object, stdin: str = "") -> subprocess.CompletedProcess[str]:
        command = [made / "bin/lid", *map(str, words)]
        given = {"input": stdin, "env": environment, "cwd": tmp_path}
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, **given)

    return run


def test_it_checks_an_archive_without_a_network(lid, archive, tmp_path):
    (tmp_path / "evaluator.py").write_text("raise ImportError('not this one')")
    done = lid("check", archive, "--manifest", "manifest.json")
    assert (done.returncode, done.stderr) == (0, "")
    empty = write_zip(tmp_path / "empty.zip", {})
    assert lid("check", empty, "--manifest", "manifest.json").returncode == 2


@pytest.mark.django_db(transaction=True)
def test_it_logs_in_and_submits_up_to_the_score(lid, web, worker, alice, phase, good_zip, tmp_path):
    secret = make_token(user=alice, label="laptop", scope=ApiToken.Scope.SUBMIT, days=None)[1]
    assert lid("login", "--server", web.url, stdin=f"{secret}\n").returncode == 0
    (tmp_path / "results.zip").write_bytes(good_zip)
    said = ("--method", "Tiny", "--parameters", "25.6M", "--rules-kept")
    done = lid("submit", "results.zip", "--phase", phase.pk, *said, "--wait", "--json")
    assert (done.returncode, "slot 1 of 5 reserved" in done.stderr) == (0, True)
    evaluation = Submission.objects.get().evaluations.get()
    told = json.loads(done.stdout)["scores"]
    for metric in phase.track.description.metrics:  # as the page prints it
        assert metric.show_with_unit(told[metric.key]) == metric.show_with_unit(evaluation.score(metric.key))
