"""Sandbox for processes that read untrusted files: Landlock for files and signals, seccomp for system calls.

Neither needs privileges. What the kernel or machine does not support is left out; `checks` warns operators of it.
"""

import ctypes
import errno
import os
import platform
import pwd
import struct
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings

_libc = ctypes.CDLL(None, use_errno=True)  # loaded before any fork
_PR_SET_DUMPABLE, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS, _SECCOMP_MODE_FILTER = 4, 22, 38, 2

# linux/landlock.h. No device nodes, sockets or links may be made: a link could mislead our own programs.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF, _VERSION, _PATH_BENEATH = 444, 445, 446, 1, 1
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR, _TRUNCATE = 1 << 0, 1 << 1, 1 << 2, 1 << 3, 1 << 14
_ALTER = (
    _WRITE_FILE | _TRUNCATE | 1 << 4 | 1 << 5 | 1 << 7 | 1 << 8 | 1 << 10
)  # and remove or make files and folders
_READ, _RUN = _READ_FILE | _READ_DIR, _EXECUTE | _READ_FILE | _READ_DIR
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE
_FILE_RIGHTS_SINCE = {1: 0x1FFF, 2: 0x3FFF, 3: 0x7FFF, 5: 0xFFFF}  # by version of Landlock
_TCP, _SIGNALS_AND_ABSTRACT_SOCKETS = 3, 3  # since versions 4 and 6
LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache")
DEVICES = ("/dev/null", "/dev/urandom")
PROCESSOR = Path("/proc/cpuinfo")  # on some machines part of the key of compiled kernels
SEMAPHORES = Path("/dev/shm")  # noqa: S108  (locks of process pools)

# Forbidden system calls, by their numbers on each machine: socket; setsid and setpgid (the process would leave
# the group that is watched and killed); ptrace, process_vm_readv and _writev; io_uring_setup (it opens sockets).
_FORBIDDEN = {
    "x86_64": (0xC000003E, (41, 112, 109, 101, 310, 311, 425)),
    "aarch64": (0xC00000B7, (198, 157, 154, 117, 270, 271, 425)),
}
_LOAD, _EQUALS, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06  # linux/filter.h
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | errno.EPERM
_X32_CALLS = 0x40000000  # the same calls once more, under other numbers


def hide_memory() -> None:
    """Keep other processes of this user from reading our environment, memory and open files; forks inherit it."""
    _libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def restrict(folder: Path, readable_paths: Iterable[Path]) -> None:
    """Restrict this process for good: it may run our code, read `readable_paths` and write in `folder`."""
    _check(_libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    if landlock_version() > 0:
        _close_files(folder, readable_paths)
    if filters_calls():
        _close_calls(*_FORBIDDEN[platform.machine()])


def drop_capabilities() -> None:
    """Drop all capabilities, so that root is a user like any other; final once `restrict` set no_new_privs."""
    header, nothing = struct.pack("Ii", 0x20080522, 0), bytes(24)
    _check(_libc.capset(header, nothing))


def landlock_version() -> int:
    """Return the kernel's Landlock ABI version; 0 or less where it has none."""
    return int(_libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _VERSION))


def filters_calls() -> bool:
    return platform.machine() in _FORBIDDEN


def _close_files(folder: Path, readable_paths: Iterable[Path]) -> None:
    version = landlock_version()
    known = max(rights for since, rights in _FILE_RIGHTS_SINCE.items() if since <= version)
    sealed = struct.pack("QQQ", known, _TCP * (version >= 4), _SIGNALS_AND_ABSTRACT_SOCKETS * (version >= 6))
    ruleset = _check(_libc.syscall(_CREATE_RULESET, sealed, ctypes.c_size_t(len(sealed)), 0))
    programs = {Path(sys.executable).resolve(), Path(sys.prefix), Path(sys.base_prefix), *map(Path, LIBRARIES)}
    for paths, rights in (
        (programs, _RUN),
        ((settings.BASE_DIR,), _READ_DIR),  # names only: where the interpreter looks for the evaluator
        ((settings.BASE_DIR / "evaluator", PROCESSOR, *readable_paths), _READ),
        (map(Path, DEVICES), _READ_FILE | _WRITE_FILE),
        ((folder, SEMAPHORES), _READ | _ALTER),
    ):
        for path in paths:
            _allow(ruleset, path, rights & known)
    _check(_libc.syscall(_RESTRICT_SELF, ruleset, 0))
    os.close(ruleset)


def _allow(ruleset: int, path: Path, rights: int) -> None:
    try:
        parent = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:  # missing, or not accessible to us: nothing to allow
        return
    rights = rights if path.is_dir() else rights & _OF_FILES
    rule = struct.pack("=Qi", rights, parent)
    _check(_libc.syscall(_ADD_RULE, ruleset, _PATH_BENEATH, rule, 0))
    os.close(parent)


def _close_calls(machine: int, forbidden: tuple[int, ...]) -> None:
    """Refuse these system calls, and all calls of another architecture or with x32 numbers."""
    last = len(forbidden)
    lines = [
        (_LOAD, 0, 0, 4),
        (_EQUALS, 1, 0, machine),
        (_RETURN, 0, 0, _REFUSE),
        (_LOAD, 0, 0, 0),
        (_AT_LEAST, last + 1, 0, _X32_CALLS),
        *((_EQUALS, last - index, 0, number) for index, number in enumerate(forbidden)),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _REFUSE),
    ]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in lines))
    program = struct.pack("HP", len(lines), ctypes.addressof(code))
    _check(_libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, program, 0, 0))


def _check(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


# Another user than root


@cache
def sandbox_user() -> pwd.struct_passwd | None:
    """Return the user to run as instead of root; None if we are not root or it cannot run the evaluator."""
    if os.geteuid() != 0:
        return None
    try:
        user = pwd.getpwnam(settings.EVALUATOR_USER)
    except KeyError:
        return None
    return user if _can_run_evaluator(user) else None


def _can_run_evaluator(user: pwd.struct_passwd) -> bool:
    with suppress(OSError):  # an unwritable volume pauses scoring, and must not keep workers from starting
        settings.WORK_DIR.mkdir(parents=True, exist_ok=True)
    script = f"import os, numpy, evaluator.contract; os.stat({str(settings.WORK_DIR)!r})"
    try:
        done = subprocess.run(
            [sys.executable, "-B", "-c", script],
            cwd=settings.BASE_DIR,
            env={},
            **identity(user),
            capture_output=True,
            check=False,
        )
    except PermissionError:  # the interpreter itself
        return False
    return done.returncode == 0


def identity(user: pwd.struct_passwd) -> dict[str, Any]:
    """Return the arguments that make subprocess run as this user."""
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


@contextmanager
def owned_by(user: pwd.struct_passwd | None, folder: Path) -> Iterator[None]:
    """Make a user, if there is one, the owner of a folder; afterwards it and what is in it are ours again."""
    if user is None:
        yield
        return
    os.chown(folder, user.pw_uid, user.pw_gid)
    try:
        yield
    finally:
        for path in (folder, *folder.iterdir()):
            os.chown(path, os.geteuid(), os.getegid(), follow_symlinks=False)
