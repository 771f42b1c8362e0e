"""The evaluator's child process: no secrets, with limits, and never left behind."""

import json
import os
import resource
import time
from datetime import timedelta
from pathlib import Path

import pytest

from evaluator.contract import scorers
from server import evaluator_process
from server.submissions import tasks
from server.submissions.models import Evaluation
from tests.processes import descendants, eventually, is_alive

pytestmark = pytest.mark.slow


def unheeding(*_):
    """A follower who does nothing."""


@pytest.fixture
def run(settings, tmp_path):
    """Run a script in the evaluator's place, by the name it is started by."""
    base, folder = tmp_path / "base", tmp_path / "folder"
    (base / "evaluator").mkdir(parents=True)
    folder.mkdir()
    settings.BASE_DIR = base

    def run_script(script: str, tick=unheeding) -> evaluator_process.EvaluatorExit:
        (base / "evaluator" / "__main__.py").write_text(script)
        return evaluator_process.run_evaluator(["score"], folder, tick)

    return run_script


def test_the_child_sees_no_secret(run, monkeypatch):
    for name in ("SECRET_KEY", "DATABASE_URL", "CELERY_BROKER_URL", "EMAIL_URL", "AWS_SECRET", "PYTHONPATH"):
        monkeypatch.setenv(name, "a secret")
    ended = run("import json, os; print(json.dumps(dict(os.environ)))")
    seen = json.loads(ended.answer)
    assert set(seen) <= {
        "PATH",
        "LANG",
        "LC_CTYPE",
        "TMPDIR",
        "OPENBLAS_NUM_THREADS",
        "PYTHONDONTWRITEBYTECODE",
        "EVALUATOR_KERNELS_DIR",
    }
    assert "a secret" not in seen.values()


def test_the_child_is_told_where_the_compiled_kernels_are_kept(run, monkeypatch):
    monkeypatch.setenv("EVALUATOR_KERNELS_DIR", "/srv/kernels")
    ended = run("import json, os; print(json.dumps(dict(os.environ)))")
    assert json.loads(ended.answer)["EVALUATOR_KERNELS_DIR"] == "/srv/kernels"


def test_the_child_has_limits(run, settings):
    settings.EVALUATOR_MEMORY_MB, settings.EVALUATOR_TIMEOUT = 512, timedelta(seconds=50)
    names = ["RLIMIT_AS", "RLIMIT_CPU", "RLIMIT_NOFILE", "RLIMIT_CORE", "RLIMIT_FSIZE"]
    script = f"import json, resource as r; print(json.dumps({{n: r.getrlimit(getattr(r, n)) for n in {names}}}))"
    limits = json.loads(run(script).answer)
    assert limits["RLIMIT_AS"] == [512 * 1024**2] * 2
    assert limits["RLIMIT_CPU"] == [51] * 2
    assert limits["RLIMIT_NOFILE"] == [256] * 2
    assert limits["RLIMIT_CORE"] == [0] * 2
    assert limits["RLIMIT_FSIZE"] == [evaluator_process.LARGEST_PACK_MB * 1024**2] * 2
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] != 256, "our own limits are as they were"


def test_the_child_is_what_the_kernel_kills_first_where_memory_ends(run):
    """Else it may kill the worker, whose work then waits until its lease expires."""
    seen: set[str] = set()

    def look(*_: object) -> None:
        for pid in descendants(os.getpid()):
            seen.add(Path(f"/proc/{pid}/oom_score_adj").read_text().strip())

    run("import time; time.sleep(0.2)", look)
    assert "1000" in seen


def test_a_child_that_asks_for_too_much_memory_ends_as_a_fault_of_ours(run, settings):
    settings.EVALUATOR_MEMORY_MB = 256
    ended = run("bytearray(512 * 1024**2)")
    assert (ended.code, ended.answer) == (1, "")
    assert "MemoryError" in ended.complaint


def test_processes_that_fill_too_much_memory_together_are_ended(run, settings):
    settings.EVALUATOR_MEMORY_MB = 200  # each stays below; three do not
    script = """
import os, time
for _ in range(2):
    if os.fork() == 0: break
filled = bytearray(os.urandom(1024) * 1024 * 90)
time.sleep(60)
"""
    with pytest.raises(evaluator_process.EvaluatorOutOfMemory, match="EVALUATOR_MEMORY_MB allows 200"):
        run(script)


def test_pages_that_processes_share_count_once(run, settings):
    settings.EVALUATOR_MEMORY_MB = 200
    script = """
import os, time
filled = bytearray(os.urandom(1024) * 1024 * 90)
for _ in range(3):
    if os.fork() == 0: break
time.sleep(1.5)
"""
    assert run(script).code == 0


def test_a_child_that_hangs_is_ended(run, monkeypatch):
    monkeypatch.setattr(evaluator_process, "LONGEST_SILENCE", timedelta(seconds=0.6))
    with pytest.raises(evaluator_process.EvaluatorSilent):
        run("import time; time.sleep(60)")


def test_a_child_whose_parent_died_before_it_asked_ends_itself(tmp_path):
    pid = os.fork()
    if pid == 0:
        evaluator_process._enter_sandbox(1, tmp_path, [], 1, untrusted=False)  # not who forked it
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 1


FORKS = """
import os, sys, time
pid = os.fork()
if pid == 0:
    time.sleep(60)
open(os.environ["TMPDIR"] + "/pids", "w").write(f"{os.getpid()} {pid}")
print("{}", file=sys.stderr, flush=True)
time.sleep(60)
"""


def test_who_stops_following_kills_the_child_and_what_it_started(run, tmp_path):
    pids_file: Path = tmp_path / "folder" / "pids"

    class Enough(Exception):
        pass

    def tick(*_):
        if pids_file.exists():
            raise Enough

    with pytest.raises(Enough):
        run(FORKS, tick)
    pids = [int(pid) for pid in pids_file.read_text().split()]
    assert len(pids) == 2
    eventually(lambda: not any(map(is_alive, pids)), 5)


def test_a_grandchild_does_not_outlive_a_child_that_ends_by_itself(run, tmp_path):
    script = FORKS.removesuffix("time.sleep(60)\n") + "sys.exit(3)\n"
    assert run(script).code == 3
    grandchild = int((tmp_path / "folder" / "pids").read_text().split()[1])
    eventually(lambda: not is_alive(grandchild), 5)


def test_a_child_that_takes_too_long_is_ended(run, settings):
    settings.EVALUATOR_TIMEOUT = timedelta(seconds=0.6)
    began = time.monotonic()
    with pytest.raises(evaluator_process.EvaluatorTimedOut):
        run("import time; time.sleep(60)")
    assert time.monotonic() - began < 5


def test_progress_and_complaints_are_told_apart(run):
    script = """
import json, sys, time
def say(text): print(text, file=sys.stderr, flush=True)
say("a word"); say(json.dumps({"stage": "scoring", "done": 3, "total": 9})); say('{"stage": 1}')
"""
    seen = []
    ended = run(script, lambda *progress: seen.append(progress))
    assert ("scoring", 3, 9) in seen
    assert ended.complaint.split("\n")[:2] == ["a word", '{"stage": 1}']


def test_a_complaint_fits_into_a_database(run):
    ended = run(r"import sys; sys.stderr.write('a\0b' + 'x' * 3000 + '\n' + 'y' * 300_000)")
    first, second = ended.complaint.split("\n")
    assert first.startswith("abxx")
    assert {len(first), len(second)} == {evaluator_process.LONGEST_COMPLAINT}


def test_of_an_endless_answer_only_the_end_is_read(run, monkeypatch):
    monkeypatch.setattr(evaluator_process, "LONGEST_ANSWER", 1000)
    assert run("print('x' * 10_000); print('the end')").answer == "the end"
    assert len(run("print('x' * 10_000)").answer) < 1000


def test_only_the_last_complaints_are_kept(run):
    ended = run("import sys\nfor n in range(1000): print('line', n, file=sys.stderr)")
    assert "line 999" in ended.complaint
    assert "line 900" not in ended.complaint


def test_ticks_go_on_while_the_child_says_nothing(run):
    seen = []
    run("import time; time.sleep(1.6)", lambda *progress: seen.append(progress))
    assert len(seen) >= 3
    assert set(seen) == {("starting", 0, 0)}


@pytest.mark.parametrize(
    ("said", "answer"), [("", ""), ("one", "one"), ("one\ntwo", "two"), ('one\n{"a": 1}', '{"a": 1}')]
)
def test_the_answer_is_the_last_line(run, said, answer):
    assert run(f"print({said!r})").answer == answer


def test_an_answer_that_is_no_text_is_no_trouble(run):
    script = "import sys; sys.stdout.buffer.write(bytes([255, 10]))"
    assert run(script).code == 0


def test_the_end_says_how_it_ended(run):
    assert str(run("import sys; sys.exit(1)")) == "The evaluator ended with exit code 1."
    assert str(run("import os; os.kill(os.getpid(), 9)")) == "The evaluator ended with signal 9."


# What the worker makes of the exit code

SCORED = {
    "outcome": "scored",
    "scorer": "segmentation",
    "version": scorers()["segmentation"].version,
    "scores": {"mean_iou": 0.5},
    "warnings": [],
}
PROBLEM = {"code": "bad_mode", "file": "a.png", "found": "colour", "expected": "grey", "fix": "Save it as grey."}
REJECTED = {"outcome": "rejected", "problems": [PROBLEM], "problem_count": 1}
FIRST_TRY_FAILED = "queued"  # with its lease at an end, so that it is claimed again
ENDS = [
    (0, SCORED, "scored"),
    (2, REJECTED, "rejected"),
    (2, None, FIRST_TRY_FAILED),
    (2, SCORED, FIRST_TRY_FAILED),
    (0, None, FIRST_TRY_FAILED),
    (0, REJECTED, FIRST_TRY_FAILED),
    (0, SCORED | {"version": "0.9"}, FIRST_TRY_FAILED),
    (0, {"outcome": "valid", "warnings": []}, FIRST_TRY_FAILED),
    (0, {"outcome": "marvellous"}, FIRST_TRY_FAILED),
    (0, {"outcome": "scored"}, FIRST_TRY_FAILED),
    (0, [1], FIRST_TRY_FAILED),
    (2, {"outcome": "rejected"}, FIRST_TRY_FAILED),
    (2, REJECTED | {"problems": []}, FIRST_TRY_FAILED),
    (2, REJECTED | {"problem_count": 0}, FIRST_TRY_FAILED),
    (2, REJECTED | {"problem_count": "many"}, FIRST_TRY_FAILED),
    (1, None, FIRST_TRY_FAILED),
    (1, REJECTED, FIRST_TRY_FAILED),
    (64, None, FIRST_TRY_FAILED),
    (-9, SCORED, FIRST_TRY_FAILED),
]


@pytest.mark.django_db
@pytest.mark.parametrize("end_of_child", ENDS)
def test_exit_code_and_answer_must_agree(submitted, alice, monkeypatch, end_of_child):
    code, answer, state = end_of_child
    submitted(alice)

    def end(arguments, folder, tick, **_):
        (folder / "statistics.npz").touch()
        return evaluator_process.EvaluatorExit(code, json.dumps(answer) if answer else "half a li", "a complaint")

    monkeypatch.setattr(tasks, "run_evaluator", end)
    assert tasks.score_next()
    evaluation = Evaluation.objects.get()
    assert evaluation.state == state
    if state == FIRST_TRY_FAILED:
        assert "a complaint" in evaluation.last_error
        assert evaluation.failures == 1
        assert not Evaluation.objects.claimable().exists()
    assert evaluation.submission.slots.filter(returned_at=None).exists() is (state != "rejected")


def test_the_real_evaluator_is_what_is_started(tmp_path):
    ended = evaluator_process.run_evaluator(["--help"], tmp_path, unheeding)
    assert ended.code == 0
    assert "python -m evaluator" in (tmp_path / "stdout").read_text()
