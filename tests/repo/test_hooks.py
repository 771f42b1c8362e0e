"""The hooks of pre-commit are well formed and run nothing that `make lint` does not run too."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
CONFIG = ROOT / ".pre-commit-config.yaml"
HOOKS = [hook for repo in yaml.safe_load(CONFIG.read_text())["repos"] for hook in repo["hooks"]]


def test_pre_commit_accepts_its_configuration():
    program = Path(sys.executable).with_name("pre-commit")
    done = subprocess.run([program, "validate-config", CONFIG], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_a_hook_runs_a_linter_of_make_lint_from_the_virtual_environment(hook, monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "tools")
    linters = importlib.import_module("run_tests").LINTERS.values()
    folder, _, words = hook["entry"].rpartition("bin/")
    assert (folder, hook["language"]) == (".venv/", "system")
    assert words.split()[0] in {linter[0] for linter in linters}
