"""What the evaluator's tests share: the command line, in this process or in its own."""

import json
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))


class Answer(NamedTuple):
    """What a command came to."""

    code: int
    out: str
    err: str

    @property
    def outcome(self):
        return json.loads(self.out.splitlines()[-1])

    @property
    def progress(self):
        return [json.loads(line) for line in self.err.splitlines() if line.startswith("{")]


@pytest.fixture
def run(capsys):
    """Run a command in this process, which is fast."""
    from evaluator.__main__ import main  # noqa: PLC0415 (only now is it on the path)

    def run_here(*arguments):
        capsys.readouterr()
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as leaving:  # argparse
            code = leaving.code
        return Answer(code, *capsys.readouterr())

    return run_here


@pytest.fixture
def run_apart():
    """Run a command as a user does, in a process of its own."""

    def run_child(*arguments):
        command = [sys.executable, "-m", "evaluator", *map(str, arguments)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
        return Answer(done.returncode, done.stdout, done.stderr)

    return run_child
