"""The client as it is installed: complete, without anything else, and on the oldest Python that it promises."""

import ast
import json
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest
from factories import write_zip
from fake_server import MANIFEST
from running_lid import CLIENT, OLDEST, Lid, oldest_python

ROOT = CLIENT.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheels")
    options = ["--no-deps", "--no-index", "--quiet", "--disable-pip-version-check", "--wheel-dir", folder]
    subprocess.run([sys.executable, "-m", "pip", "wheel", *options, CLIENT], check=True, capture_output=True)
    return next(folder.glob("*.whl"))


def test_the_wheel_has_the_whole_evaluator_and_nothing_else(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    client = {f"lid_client/{path.name}" for path in (CLIENT / "lid_client").glob("*.py")}
    evaluator = {f"lid_client/bundled/{path.relative_to(ROOT)}" for path in (ROOT / "evaluator").rglob("*.py")}
    assert names == client | evaluator


def test_the_installed_command_checks_an_archive(wheel, tmp_path, archive):
    venv.create(tmp_path / "venv", with_pip=False, symlinks=True)
    python, folder = tmp_path / "venv/bin/python", next((tmp_path / "venv/lib").glob("python*"))
    into = ["--target", folder / "site-packages", "--no-deps", "--no-index", "--quiet", wheel]
    subprocess.run([sys.executable, "-m", "pip", "install", *into], check=True, capture_output=True)
    (tmp_path / "evaluator.py").write_text("raise ImportError('not this one')")
    (tmp_path / "manifest.json").write_text(json.dumps(MANIFEST))
    asked = ["-m", "lid_client", "check", archive, "--manifest", "manifest.json"]
    done = subprocess.run([python, *asked], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_it_imports_the_standard_library_and_the_evaluator_only():
    allowed = sys.stdlib_module_names | {"lid_client", "evaluator"}
    for path in (CLIENT / "lid_client").glob("*.py"):
        assert {name.split(".")[0] for name in imports(path)} <= allowed, path


def imports(path: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(path.read_text())))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return names | {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}


def test_it_runs_on_the_oldest_python(tmp_path, archive):
    python = oldest_python()
    if python is None:
        pytest.skip(f"Python {OLDEST} is not installed")
    (tmp_path / "manifest.json").write_text(json.dumps(MANIFEST))
    lid = Lid(tmp_path, {}, python)
    assert lid("check", archive, "--manifest", tmp_path / "manifest.json").returncode == 0
    empty = write_zip(tmp_path / "empty.zip", {})
    assert lid("check", empty, "--manifest", tmp_path / "manifest.json").returncode == 2
    assert lid("submit", "--help").returncode == 0
