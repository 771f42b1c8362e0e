"""The command against a real web server: what a person does, in order."""

import os
import re
import shlex
import signal
import stat
import subprocess
import sys
import zipfile
from dataclasses import replace

import pytest
from django.conf import settings
from running_lid import CLIENT, Lid
from slow_line import slow_line

from server.accounts.models import ApiToken
from server.accounts.services import make_token
from server.submissions.models import ResumableUpload, Submission
from tests.processes import eventually

pytestmark = pytest.mark.django_db(transaction=True)
LARGE = 24 * 2**20
SAID = ("--method", "Tiny", "--parameters", "25.6M", "--rules-kept")


@pytest.fixture
def secret(alice):
    return make_token(user=alice, label="laptop", scope=ApiToken.Scope.SUBMIT, days=None)[1]


@pytest.fixture
def lid(web, secret, tmp_path):
    """Alice's command, with server and token in the environment."""
    (tmp_path / "home").mkdir()
    return Lid(tmp_path / "home", {"LID_SERVER": web.url, "LID_TOKEN": secret})


@pytest.fixture
def archive(good_zip, tmp_path):
    (tmp_path / "results.zip").write_bytes(good_zip)
    return tmp_path / "results.zip"


def test_from_log_in_to_log_out(web, secret, phase, tmp_path):
    lid, name = Lid(tmp_path, {}), f"{phase.track.slug}/{phase.slug}"
    done = lid("login", "--server", web.url, stdin=f"{secret}\n")
    assert (done.returncode, secret in done.stdout + done.stderr) == (0, False)
    file = tmp_path / ".config/lid/credentials.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert name in lid("tracks").stdout
    assert [one["slots_left"] for one in lid.json("quota")["phases"] if one["id"] == phase.pk] == [5]
    assert lid.json("leaderboard", name)["rows"] == []
    assert lid.json("status") == []
    assert lid("logout").returncode == 0
    assert not file.exists()
    assert lid("quota").returncode == 64


def test_a_score_is_the_servers(lid, truth, phase, archive, worker):
    done = lid("submit", archive, "--phase", phase.pk, *SAID, "--wait")
    submission = Submission.objects.get()
    evaluation = submission.evaluations.get()
    assert (done.returncode, evaluation.state, submission.method) == (0, "scored", "Tiny")
    for metric in phase.track.description.columns:
        assert f"{metric.title}: {metric.show_with_unit(evaluation.score(metric.key))}" in done.stdout
    pack = truth.row.pack_path
    here = replace(lid, flags=("-I",)).json("score", archive, "--scorer", "segmentation", "--ground-truth", pack)
    for metric in phase.track.description.metrics:
        assert here["scores"][metric.key] == evaluation.score(metric.key)
    again = lid.json("submit", archive, "--phase", phase.pk, *SAID, "--wait")
    assert (again["id"], Submission.objects.count()) == (str(submission.pk), 1)
    assert again["scores"] == lid.json("status", submission.pk)["scores"]
    row = lid.json("leaderboard", f"{phase.track.slug}/{phase.slug}")["rows"][0]
    assert row["scores"].items() <= again["scores"].items()
    back = archive.with_name("back.zip")
    assert lid("download", submission.pk, "--output", back).returncode == 0
    assert back.read_bytes() == archive.read_bytes()
    assert lid("withdraw", submission.pk).returncode == 0
    assert lid.json("leaderboard", f"{phase.track.slug}/{phase.slug}")["rows"] == []


def test_the_examples_of_the_documentation_work(lid, phase, archive, worker, tmp_path):
    text = (CLIENT.parent / "docs/teams.md").read_text().replace("phase=12", f"phase={phase.pk}")
    text = text.replace("localization/challenge", f"{phase.track.slug}/{phase.slug}")
    section = text.partition("## Submit from your training script")[2].partition("\n## ")[0]
    (shell, curl), (python,) = (
        re.findall(rf"```{kind}\n(.+?)```", section, re.DOTALL) for kind in ("sh", "python")
    )
    (action,) = re.findall("- run: (lid .+)", section)
    (tmp_path / "lid").write_text(f'#!/bin/sh\nexec {shlex.join(lid.command())} "$@"\n')
    (tmp_path / "lid").chmod(0o755)
    environment = {**lid.environment, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    usual = (
        (CLIENT.parent / "docs/client.md").read_text().replace("https://lid.example", lid.variables["LID_SERVER"])
    )
    usual = "\n".join(re.findall(r"^    (lid .+)", usual, re.MULTILINE))
    usual = usual.replace("localization/challenge", f"{phase.track.slug}/{phase.slug}")
    for command in (
        ["sh", "-ec", shell.partition("\n")[2]],  # without the line that installs it
        [sys.executable, "-c", python],
        ["sh", "-ec", action],
        ["sh", "-ec", curl],
        ["sh", "-ec", usual],
    ):
        given = {"input": lid.variables["LID_TOKEN"], "env": environment}  # `lid login` asks for the token
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, **given)
        assert done.returncode == 0, (command, done)
        assert "mean_iou" in done.stdout or "Mean IoU" in done.stdout
    assert [one.method for one in Submission.objects.all()] == ["ResNet-50, epoch 12"]


@pytest.mark.usefixtures("phase")
def test_check_says_what_the_evaluators_command_says(lid, truth, install_truth, archive, tmp_path):
    other = install_truth("localization")
    (tmp_path / "mistaken.zip").write_bytes(truth.mistaken())
    (tmp_path / "others.zip").write_bytes(other.guessed(0.5))
    manifest = tmp_path / "manifest.json"
    manifest.write_bytes(truth.row.manifest_path.read_bytes())
    for name in ("results.zip", "mistaken.zip", "others.zip"):
        ours = lid("check", tmp_path / name, "--phase", "segmentation/now")
        command = [sys.executable, "-m", "evaluator", "check", "segmentation", tmp_path / name, "--quick"]
        command += ["--manifest", manifest, "--other", f"{other.row.track}, test", other.row.manifest_path]
        theirs = subprocess.run(command, cwd=settings.BASE_DIR, capture_output=True, text=True, check=False)
        assert ours.returncode == theirs.returncode
        assert ours.returncode == 0 or ours.stdout == theirs.stdout


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_an_interrupted_upload_goes_on_where_it_was(web, lid, phase, tmp_path, number):
    with zipfile.ZipFile(tmp_path / "large.zip", "w") as large:
        large.writestr("a.png", bytes(LARGE))
    asked = ("submit", tmp_path / "large.zip", "--phase", phase.pk, *SAID, "--no-check")
    with slow_line(web.port) as lid.variables["LID_SERVER"]:
        process = lid.start(*asked)
        eventually(received, 30)
        process.send_signal(number)
        assert process.wait(10) == (130 if number == signal.SIGINT else -number)
        upload = ResumableUpload.objects.get()
        assert 0 < received() < LARGE
        assert lid(*asked).returncode == 0
    assert Submission.objects.get().upload == upload.pk


def received() -> int:
    """The bytes of the upload that are on the server's disk."""
    upload = ResumableUpload.objects.first()
    return upload.path.stat().st_size if upload else 0
