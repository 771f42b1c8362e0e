"""A short choice of the faults, one round each; `make faults` runs them all, in many rounds."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 900  # it takes one minute; on a machine that does ten other things, ten
SETUP = os.environ.get("LID_SETUP", "embedded")
CHOSEN = {
    "embedded": [
        "evaluator killed",
        "worker killed",
        "worker told to stop",
        "worker frozen past its lease",
        "database locked",
        "disk full at scoring",
        "poison first in the queue",
        "web killed before commit",
    ],
    "production": [
        "worker killed",
        "worker told to stop",
        "worker frozen past its lease",
        "broker hangs",
        "broker restarted five times",
        "database restarted",
        "disk full at scoring",
        "poison first in the queue",
    ],
}[SETUP]


@pytest.fixture(scope="session")
def outcomes(tmp_path_factory) -> dict[str, dict]:
    """What came of the choice: run once, in a process with a database, broker and folders of its own."""
    results = tmp_path_factory.mktemp("faults") / "results.json"
    options = ["--setup", SETUP, "--json", str(results), "--only", *CHOSEN]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tests.faults", *options],
        cwd=ROOT,
        env=os.environ | {"LID_LOCK_SECONDS": "5"},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert results.exists(), done.stdout + done.stderr
    return {outcome["fault"]: outcome for outcome in json.loads(results.read_text())[0]["faults"]}


@pytest.mark.both_setups
@pytest.mark.timeout(SECONDS + 20)
@pytest.mark.parametrize("fault", CHOSEN)
def test_nothing_is_lost_doubled_or_stuck_by(fault, outcomes):
    outcome = outcomes[fault]
    if outcome["skipped"]:
        pytest.skip(outcome["skipped"])
    assert outcome["notes"] == []
    assert outcome["rounds"] == 1
