"""The command against a real web server: what a person does, in order."""

import hashlib
import json
import os
import re
import signal
import stat
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace

import pytest
import yaml
from django.conf import settings
from forwarding_proxy import forwarding_proxy
from running_lid import Lid
from slow_line import slow_line

from server.accounts.models import ApiToken
from server.accounts.services import make_token
from server.submissions.models import ResumableUpload, Submission
from tests.processes import eventually

pytestmark = pytest.mark.django_db(transaction=True)
LARGE = 40 * 2**20  # more than is sent in one request
HERE = f"{'git+' * (settings.BASE_DIR / '.git').exists()}file://{settings.BASE_DIR}#"  # as pip names it
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
    told = lid.json("login", "--server", web.url, stdin=f"{secret}\n")
    assert (told["name"], told["team"]["name"], secret in str(told)) == ("Alice", "alices", False)
    file = tmp_path / ".config/lid/credentials.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert name in lid("tracks").stdout
    phases = [one for track in lid.json("tracks") for one in track["phases"]]
    assert name in [f"{one['track']}/{one['slug']}" for one in phases]
    assert [one["slots_left"] for one in lid.json("quota")["phases"] if one["id"] == phase.pk] == [5]
    assert lid.json("leaderboard", name)["rows"] == []
    assert lid.json("status") == []
    assert lid.json("logout") == {"logged_in": False}
    assert not file.exists()
    assert lid("quota").returncode == 64


def test_a_score_is_the_servers(lid, truth, phase, archive, worker, tmp_path):
    done = submitted_through_a_proxy(lid, tmp_path, archive, "--phase", phase.pk, *SAID, "--wait")
    submission = Submission.objects.get()
    evaluation = submission.evaluations.get()
    assert (done.returncode, evaluation.state, submission.method) == (0, "scored", "Tiny")
    for metric in phase.track.description.columns:
        assert f"{metric.title}: {metric.show_with_unit(evaluation.score(metric.key))}" in done.stdout
    assert_scored_alike_here(lid, archive, truth, evaluation)
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


def assert_scored_alike_here(lid, archive, truth, evaluation):
    """`lid score` has the server's very numbers."""
    own = ("--scorer", evaluation.rule.scorer, "--ground-truth", truth.row.pack_path)
    here = replace(lid, flags=("-I",)).json("score", archive, *own)["scores"]
    keys = [metric.key for metric in evaluation.submission.phase.track.description.metrics]
    assert {key: here[key] for key in keys} == {key: evaluation.score(key) for key in keys}
    assert here.get("iou_curve", evaluation.curve) == evaluation.curve


def test_scores_of_the_other_tracks_are_the_servers(lid, install_truth, open_phase, tmp_path, worker):
    for track in ("scene-parsing", "localization"):
        truth, phase, archive = install_truth(track), open_phase(track), tmp_path / f"{track}.zip"
        archive.write_bytes(truth.guessed(0.7))
        assert lid("submit", archive, "--phase", phase.pk, *SAID, "--wait").returncode == 0
        assert_scored_alike_here(lid, archive, truth, phase.submissions.get().evaluations.get())


def submitted_through_a_proxy(lid, folder, *words) -> subprocess.CompletedProcess[str]:
    """What `lid submit` says, having sent all by a proxy."""
    with forwarding_proxy(folder) as proxy:
        behind = replace(lid, variables={**lid.variables, "HTTP_PROXY": proxy.url})
        done = behind("submit", *words)
        asked = [line.replace(lid.variables["LID_SERVER"], "") for line in proxy.asked]
        (submission,) = (str(one.pk) for one in Submission.objects.all())
        for request in ("POST /api/v1/uploads/", "PATCH /api/v1/uploads/", "POST /api/v1/submissions/"):
            assert sum(line.startswith(request) for line in asked) == 1
        assert f"GET /api/v1/submissions/{submission}/" in asked
        behind.variables["NO_PROXY"] = "127.0.0.1"
        assert behind("status", submission).returncode == 0
        assert len(proxy.asked) == len(asked)
        return done


def test_the_examples_of_the_documentation_work(lid, phase, archive, worker, tmp_path):
    """As they stand there, the lines that install the command too, on machines that have nothing but Python."""
    replaced = {"phase=12": f"phase={phase.pk}", "localization/challenge": f"{phase.track.slug}/{phase.slug}"}
    replaced |= {"LID_TOKEN=lid_…": f"LID_TOKEN={lid.variables['LID_TOKEN']}"}
    replaced |= {
        "https://lid.example": lid.variables["LID_SERVER"],
        "git+https://github.com/OWNER/REPOSITORY#": HERE,
    }
    text = documentation("teams.md", replaced).partition("## Submit from your training script")[2]
    examples = re.findall(r"```(\w+)\n(.+?)```", text.partition("\n## ")[0], re.DOTALL)
    (_, shell), (_, python), (_, action), (_, curl) = examples
    install, submit = shell.split("\n", 1)
    usual = "\n".join(re.findall(r"^    (lid .+)", documentation("client.md", replaced), re.MULTILINE))
    run = machine(lid, tmp_path / "laptop", archive.parent)
    run("sh", "-ec", install, cwd=settings.BASE_DIR)
    said = [run("sh", "-ec", submit), run("python", "-c", python), run("sh", "-ec", curl), run("sh", "-ec", usual)]
    installing, submitting = yaml.safe_load(action)
    assert submitting["env"].pop("LID_TOKEN") == "${{ secrets.LID_TOKEN }}"
    run = machine(lid, tmp_path / "runner", archive.parent)
    run("bash", "-ec", installing["run"])
    said.append(run("bash", "-ec", submitting["run"], **submitting["env"]))
    assert all("mean_iou" in one or "Mean IoU" in one for one in said), said
    assert [one.method for one in Submission.objects.all()] == ["ResNet-50, epoch 12"]


def documentation(page: str, replaced: dict[str, str]) -> str:
    text = (settings.BASE_DIR / "docs" / page).read_text()
    for there, here in replaced.items():
        assert page == "client.md" or there in text
        text = text.replace(there, here)
    return text


def machine(lid, environment, folder) -> Callable[..., str]:
    """Runs commands in the folder, where `pip` installs into an environment of its own; each has to succeed."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    pip = environment / "bin/pip"
    pip.write_text(f'#!/bin/sh\nexec {sys.executable} -m pip --python {environment}/bin/python "$@"\n')
    pip.chmod(0o755)
    (lid.home / ".gitconfig").write_text("[safe]\n\tdirectory = *\n")  # the clone may be another user's
    variables = lid.environment | {"PATH": f"{pip.parent}:{os.environ['PATH']}", "PIP_NO_INDEX": "1"}

    def run(*command: str, cwd=folder, **more: str) -> str:
        given = {"input": lid.variables["LID_TOKEN"], "env": variables | more}  # `lid login` asks for the token
        done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, **given)
        assert done.returncode == 0, (command, done)
        return done.stdout

    return run


@pytest.mark.usefixtures("phase")
def test_check_says_what_the_evaluators_command_says(lid, truth, install_truth, archive, tmp_path):
    other = install_truth("localization")
    (tmp_path / "mistaken.zip").write_bytes(truth.mistaken())
    (tmp_path / "others.zip").write_bytes(other.guessed(0.5))
    manifest = tmp_path / "manifest.json"
    manifest.write_bytes(truth.row.manifest_path.read_bytes())
    cases = [("results.zip", "--json"), ("mistaken.zip", "--json"), ("mistaken.zip",), ("others.zip",)]
    for name, *form in cases:
        ours = lid("check", tmp_path / name, "--phase", "segmentation/now", *form)
        command = [sys.executable, "-m", "evaluator", "check", "segmentation", tmp_path / name, "--quick", *form]
        command += ["--manifest", manifest, "--other", f"{other.row.track}, test", other.row.manifest_path]
        theirs = subprocess.run(command, cwd=settings.BASE_DIR, capture_output=True, text=True, check=False)
        assert ours.returncode == theirs.returncode
        assert ours.returncode == 0 or ours.stdout == theirs.stdout
        assert not form or json.loads(ours.stdout) == json.loads(theirs.stdout)


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
    submission = Submission.objects.get()
    assert (submission.upload, submission.sha256) == (upload.pk, sha256_of(tmp_path / "large.zip"))


def sha256_of(file) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def received() -> int:
    """The bytes of the upload that are on the server's disk."""
    upload = ResumableUpload.objects.first()
    return upload.path.stat().st_size if upload else 0
