"""A hostile program in the evaluator's place tries whatever it could gain by; each try has to fail."""

import ctypes
import json
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import pytest
from celery.signals import worker_init
from django.conf import settings

from server import evaluator_process, sandbox
from tests.processes import eventually, is_alive

pytestmark = pytest.mark.slow

needs_landlock = pytest.mark.skipif(sandbox.landlock_version() < 6, reason="this kernel has no Landlock 6")

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may become another user")
PR_GET_DUMPABLE, PR_SET_DUMPABLE = 3, 4

# Each try is a line of Python; it is held where it raises. `told` is what the test tells the probe.
OF_THE_WORKER = {
    "its environment": "open(f'/proc/{told.worker}/environ', 'rb').read()",
    "its memory": "open(f'/proc/{told.worker}/mem', 'rb')",
    "its map": "open(f'/proc/{told.worker}/maps').read()",
    "its open files": "os.listdir(f'/proc/{told.worker}/fd')",
    "its folder": "os.readlink(f'/proc/{told.worker}/cwd')",
    "a signal": "os.kill(told.worker, 0)",
}
BY_CALLS = {
    "tracing": "called(libc.ptrace(16, told.worker, None, None))",
    "its memory by a call": "called(libc.process_vm_readv(told.worker, None, 0, None, 0, 0))",
    "TCP": "socket.create_connection(('127.0.0.1', told.port))",
    "UDP": "socket.socket(socket.AF_INET, socket.SOCK_DGRAM)",
    "a unix socket": "socket.socket(socket.AF_UNIX)",
    "io_uring": "called(libc.syscall(425, 1, ctypes.create_string_buffer(120)))",
    "leaving its group": "in_a_fork(lambda: os.setpgid(0, 0))",
    "leaving its session": "in_a_fork(os.setsid)",
}
OF_FILES = {
    "the secret key": "open(told.data + '/secret_key').read()",
    "the database": "open(told.data + '/lid.sqlite3', 'rb').read()",
    ".env": "open(told.base + '/.env').read()",
    "another archive": "open(told.data + '/archives/another.zip', 'rb').read()",
    "its own archive by name": "open(told.archive, 'rb').read()",
    "another's work": "open(told.folder + '/../other/statistics.npz', 'rb').read()",
    "the list of archives": "os.listdir(told.data + '/archives')",
    "users": "open('/etc/shadow').read()",
    "a file elsewhere": "open(told.data + '/new', 'w')",
    "a file beside the code": "open(told.base + '/evaluator/new.py', 'w')",
    "moving a file out": "os.rename(told.folder + '/told', told.data + '/told')",
    "a set-uid program": "subprocess.run(['/usr/bin/su', '--version'], check=True)",
    "a shell": "subprocess.run(['/bin/sh', '-c', 'true'], check=True)",
}
ANYBODYS = {"a set-uid program", "a shell"}  # as far as users alone decide
LINKS = {"a link out of its folder": "os.symlink(told.data + '/secret_key', told.folder + '/statistics.npz')"}
PROBE = """
import ctypes, json, os, socket, subprocess, sys, time, types
libc = ctypes.CDLL(None, use_errno=True)
told = types.SimpleNamespace(**json.load(open(os.environ["TMPDIR"] + "/told")))
def called(result):
    if result < 0: raise OSError(ctypes.get_errno(), "refused")
def in_a_fork(act):
    pid = os.fork()
    if pid == 0:
        try: act()
        finally: os._exit(sys.exc_info()[0] is not None)
    if os.waitpid(pid, 0)[1]: raise PermissionError("refused to the fork")
def outcome(line):
    try:
        exec(line)
    except (OSError, subprocess.SubprocessError) as error:
        return f"held: {error}"
    return "DONE"
def mine(number):
    try: return os.fstat(number) is not None
    except OSError: return False
facts = dict(line.split(":\\t", 1) for line in open("/proc/self/status")) if not told.closed else {}
outcomes = {name: outcome(line) for name, line in told.tries.items()}
handed = sys.argv[-1].removeprefix("/dev/fd/")
seen = {"outcomes": outcomes, "environment": dict(os.environ), "arguments": sys.argv, "uid": os.getresuid(),
        "files": [number for number in range(256) if mine(number)], "handed": handed, "facts": facts,
        "content": os.pread(int(handed), 100, 0).decode(), "nnp": libc.prctl(39, 0, 0, 0, 0),
        "forked": os.waitstatus_to_exitcode(os.waitpid(os.fork() or os._exit(7), 0)[1])}
print(json.dumps(seen))
"""


@pytest.fixture
def grounds(settings):
    """A data folder that others may walk through, as `/srv` is, with all in it that must not be read."""
    data = Path(tempfile.mkdtemp(prefix="lid-probe-"))
    data.chmod(0o755)
    settings.BASE_DIR, settings.WORK_DIR = data / "base", data / "work"
    for name in ("base/evaluator", "work/mine", "work/other", "archives"):
        (data / name).mkdir(parents=True)
    for name in ("archives/mine.zip", "archives/another.zip", "secret_key", "lid.sqlite3", "base/.env"):
        (data / name).write_text("what only the worker may read")
        (data / name).chmod(0o600)
    (data / "archives").chmod(0o700)
    (data / "work/other/statistics.npz").touch(0o600)
    yield data
    shutil.rmtree(data)


@pytest.fixture
def probe(grounds):
    """Have a child try these things; returns what it saw."""

    def run(tries: dict[str, str], *, closed: bool = True) -> dict:
        folder, archive = grounds / "work/mine", grounds / "archives/mine.zip"
        (grounds / "base/evaluator/__main__.py").write_text(PROBE)
        places = {
            "data": str(grounds),
            "base": str(grounds / "base"),
            "folder": str(folder),
            "archive": str(archive),
        }
        with closing(socket.create_server(("127.0.0.1", 0))) as canary:
            port = canary.getsockname()[1]
            told = {"tries": tries, "worker": os.getpid(), "port": port, "closed": closed, **places}
            (folder / "told").write_text(json.dumps(told))
            (folder / "told").chmod(0o644)
            ended = evaluator_process.run_evaluator(
                ["score", str(archive)], folder, lambda *_: None, open_files=[archive]
            )
        assert ended.code == 0, ended
        return json.loads(ended.answer)

    return run


@pytest.fixture
def secrets(monkeypatch):
    names = ("SECRET_KEY", "DATABASE_URL", "CELERY_BROKER_URL", "CACHE_URL", "EMAIL_URL", "POSTGRES_PASSWORD")
    for name in names:
        monkeypatch.setenv(name, "a very secret thing")


@needs_landlock
def test_a_hostile_child_can_do_none_of_it(probe, secrets):
    seen = probe(OF_THE_WORKER | BY_CALLS | OF_FILES | LINKS)
    assert {name: said for name, said in seen["outcomes"].items() if not said.startswith("held: ")} == {}
    assert "a very secret thing" not in json.dumps([seen["environment"], seen["arguments"]])


def test_what_a_child_is_given_is_all_it_holds(probe):
    seen = probe({})
    assert seen["files"] == [0, 1, 2, int(seen["handed"])]
    assert seen["content"] == "what only the worker may read"
    assert (seen["nnp"], seen["forked"]) == (1, 7)


def test_the_control_without_any_of_it_everything_is_possible(probe, monkeypatch):
    """Else the tries above might fail for a reason of their own."""
    monkeypatch.setattr(evaluator_process, "restrict", lambda *_: None)
    monkeypatch.setattr(evaluator_process, "drop_capabilities", lambda: None)
    monkeypatch.setattr(evaluator_process, "sandbox_user", lambda: None)
    tries = OF_THE_WORKER | BY_CALLS | OF_FILES | LINKS
    unlikely = {"tracing", "io_uring", "its memory by a call", "users"}  # depend on the machine, or would stop us
    seen = probe({name: tries[name] for name in tries.keys() - unlikely})
    assert {name: said for name, said in seen["outcomes"].items() if said != "DONE"} == {}


def test_without_landlock_calls_are_refused_still(probe, monkeypatch):
    monkeypatch.setattr(sandbox, "landlock_version", lambda: 0)
    outcomes = probe(BY_CALLS)["outcomes"]
    assert {name: said for name, said in outcomes.items() if not said.startswith("held: ")} == {}


@as_root
def test_a_child_of_root_has_no_capabilities(probe, monkeypatch):
    monkeypatch.setattr(sandbox, "landlock_version", lambda: 0)
    facts = probe({}, closed=False)["facts"]
    assert {facts[name].strip() for name in ("CapPrm", "CapEff", "CapInh", "CapAmb")} == {"0" * 16}


@as_root
def test_a_child_of_root_is_another_user_where_that_one_can_work(probe, grounds, monkeypatch):
    """Without Landlock too, all that is the worker's stays shut."""
    nobody, python = pwd.getpwnam("nobody"), "/usr/bin/python3"
    if not Path(python).exists():
        pytest.skip(f"no {python}, which anybody could run")
    monkeypatch.setattr(sandbox, "landlock_version", lambda: 0)
    monkeypatch.setattr(evaluator_process, "sandbox_user", lambda: nobody)
    monkeypatch.setattr(evaluator_process.sys, "executable", python)
    files = {name: line for name, line in OF_FILES.items() if name not in ANYBODYS}
    seen = probe(OF_THE_WORKER | files)
    assert seen["uid"] == [nobody.pw_uid] * 3
    assert {name: said for name, said in seen["outcomes"].items() if not said.startswith("held: ")} == {}
    assert {path.stat().st_uid for path in (grounds / "work/mine").iterdir()} == {0}
    assert (grounds / "work/mine").stat().st_uid == 0


def test_what_forks_without_end_is_ended(probe, grounds, settings, monkeypatch):
    monkeypatch.setattr(evaluator_process, "MOST_PROCESSES", 20)
    pids = grounds / "work/mine/pids"
    note = "open(told.folder + '/pids', 'a').write(f'{os.getpid()} ')"
    bomb = f"for _ in range(60):\n if os.fork() == 0:\n  {note}; time.sleep(60)"
    with pytest.raises(evaluator_process.EvaluatorForkedTooMuch):
        probe({"a fork bomb": bomb + "\ntime.sleep(60)"})
    eventually(lambda: not any(is_alive(int(pid)) for pid in pids.read_text().split()), 5)


def test_a_child_that_fills_the_disk_is_ended(probe, settings):
    settings.EVALUATOR_DISK_MB = 4
    many = "for n in range(6): open(f'{told.folder}/{n}', 'wb').write(bytes(1024**2))"
    with pytest.raises(evaluator_process.EvaluatorFilledDisk, match="EVALUATOR_DISK_MB"):
        probe({"many files": f"{many}\ntime.sleep(60)"})


def test_one_file_is_no_larger_than_the_share_of_disk(probe, settings):
    settings.EVALUATOR_DISK_MB = 1
    large = "open(told.folder + '/large', 'wb').write(bytes(2 * 1024**2))"
    assert "File too large" in probe({"a large file": large})["outcomes"]["a large file"]


def in_a_fork(act) -> int:
    """What `act` returns in a process of its own; 99 where it raises."""
    pid = os.fork()
    if pid == 0:
        answer = 99
        try:
            answer = int(act())
        finally:
            os._exit(answer)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def test_a_worker_hides_its_memory_from_the_start():
    def start():
        worker_init.send(sender=None)
        return ctypes.CDLL(None).prctl(PR_GET_DUMPABLE)

    assert in_a_fork(start) == 0


@as_root
@pytest.mark.parametrize(("hide", "can_read"), [(lambda: None, True), (sandbox.hide_memory, False)])
def test_hidden_memory_is_shut_even_to_the_same_user(hide, can_read):
    """What holds where a kernel has no Landlock."""
    nobody = pwd.getpwnam("nobody").pw_uid

    def own_and_be_read():
        os.setuid(nobody)
        ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 1)  # as what this user has started
        hide()
        owner = os.getpid()
        return in_a_fork(lambda: Path(f"/proc/{owner}/environ").read_bytes() and 1)

    assert in_a_fork(own_and_be_read) == (1 if can_read else 99)


@pytest.mark.parametrize("elsewhere", [False, True])
def test_a_child_that_is_shut_in_still_finds_the_compiled_kernels(tmp_path, monkeypatch, elsewhere):
    warm_up = [sys.executable, "-m", "evaluator", "warm-up"]
    subprocess.run(warm_up, check=True, cwd=settings.BASE_DIR)
    if elsewhere:
        shutil.copytree(settings.BASE_DIR / "evaluator" / "__pycache__", tmp_path / "kernels")
        monkeypatch.setenv(evaluator_process.KERNELS, str(tmp_path / "kernels"))
    (tmp_path / "archive").touch()
    (tmp_path / "work").mkdir()
    said = evaluator_process.run_evaluator(
        ["warm-up"], tmp_path / "work", lambda *_: None, open_files=[tmp_path / "archive"]
    )
    assert (said.answer, said.complaint) == ("The kernels are compiled.", "")
