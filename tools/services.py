"""Private PostgreSQL and Redis servers on unix sockets; run alone, it prints their addresses.

Nothing here listens on a network or keeps what it was given: the servers' temporary folders go with them.
"""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg2
import redis as redis_client
from find_servers import Missing, copy_of_bundle, find_postgres, find_redis

START_SECONDS = 60
STOP_SECONDS = 10
# What a database that is thrown away need not survive.
UNSAFE_BUT_QUICK = ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off"]


@contextmanager
def postgres() -> Iterator[str]:
    """Run a PostgreSQL server with an empty database; yields its URL."""
    account = _unprivileged_account()
    with _private_folder(account) as folder:
        binaries = _executable_by(account, find_postgres(), folder)
        initdb = [binaries / "initdb", "--pgdata", folder / "data", "--username", "lid", "--auth", "trust"]
        _run([*initdb, "--no-sync", "--encoding", "UTF8", "--locale", "C.UTF-8"], account, folder)
        settings = ["listen_addresses=", f"unix_socket_directories={folder}", *UNSAFE_BUT_QUICK]
        flags = [part for setting in settings for part in ("-c", setting)]
        server = [binaries / "postgres", "-D", folder / "data", *flags]
        with _running(server, account, folder, stop_by=signal.SIGINT) as process:
            _wait_until(lambda: _create_database(folder), process, folder)
            yield f"postgres://lid@/{folder}/lid"


@contextmanager
def redis() -> Iterator[Path]:
    """Run a Redis server without persistence; yields its socket."""
    with _private_folder({}) as folder:
        socket = folder / "redis.sock"
        settings = {
            "port": 0,
            "unixsocket": socket,
            "dir": folder,
            "save": "",
            "maxmemory-policy": "noeviction",
        }
        flags = [part for name, value in settings.items() for part in (f"--{name}", str(value))]
        server = [find_redis(), *flags]
        with _running(server, {}, folder, stop_by=signal.SIGTERM) as process:
            _wait_until(lambda: redis_client.Redis(unix_socket_path=str(socket)).ping(), process, folder)
            yield socket


@contextmanager
def production_like() -> Iterator[dict[str, str]]:
    """Run both servers; yields the environment variables that point the settings at them."""
    with postgres() as database_url, redis() as socket:
        yield {
            "DATABASE_URL": database_url,
            "CELERY_BROKER_URL": f"redis+socket://{socket}",
            "CACHE_URL": f"rediscache://{socket}?db=1",
        }


def _unprivileged_account() -> dict[str, Any]:
    """As whom to run PostgreSQL, which refuses root; empty for whoever we are."""
    if os.geteuid() != 0:
        return {}
    names = {entry.pw_name for entry in pwd.getpwall()}
    account = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


@contextmanager
def _private_folder(account: dict[str, Any]) -> Iterator[Path]:
    # Not TMPDIR: a socket's path may have 107 letters, and the account must reach it.
    folder = Path(tempfile.mkdtemp(prefix="lid-", dir="/tmp"))
    try:
        if account:
            os.chown(folder, account["user"], account["group"])
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _executable_by(account: dict[str, Any], binaries: Path, folder: Path) -> Path:
    """The binaries, or a copy of them where the account cannot reach them (in root's home)."""
    try:
        subprocess.run([binaries / "postgres", "--version"], capture_output=True, check=True, **account)
    except PermissionError:
        return copy_of_bundle(binaries, folder / "bundle")
    return binaries


def _run(command: list[Any], account: dict[str, Any], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, **account)
    if done.returncode != 0:
        raise RuntimeError(f"{Path(command[0]).name} failed:\n{done.stdout}{done.stderr}")


@contextmanager
def _running(
    command: list[Any], account: dict[str, Any], folder: Path, *, stop_by: signal.Signals
) -> Iterator[subprocess.Popen[bytes]]:
    """A server in a session of its own, so that Ctrl-C reaches it through us and not before its clients."""
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*dying_with_us(stop_by), *command],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            **account,
        )
    try:
        yield process
    finally:
        _stop(process, stop_by)


def dying_with_us(stop_by: signal.Signals) -> list[str]:
    """A prefix that has the kernel stop a child even when we are killed outright (Linux)."""
    return ["setpriv", "--pdeathsig", stop_by.name.removeprefix("SIG")] if shutil.which("setpriv") else []


def _stop(process: subprocess.Popen[bytes], stop_by: signal.Signals) -> None:
    process.send_signal(stop_by)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _create_database(folder: Path) -> None:
    connection = psycopg2.connect(host=str(folder), user="lid", dbname="postgres")
    connection.autocommit = True  # CREATE DATABASE refuses a transaction
    try:
        connection.cursor().execute("CREATE DATABASE lid")
    finally:
        connection.close()


def _wait_until(answers: Callable[[], object], process: subprocess.Popen[bytes], folder: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            answers()
        except (psycopg2.OperationalError, redis_client.ConnectionError) as refusal:
            if process.poll() is not None or time.monotonic() > deadline:
                log = (folder / "log").read_text(errors="replace")
                raise RuntimeError(f"A server did not start; its log:\n{log}") from refusal
            time.sleep(0.05)
        else:
            return


def stop_on_sigterm() -> None:
    """Let SIGTERM unwind the stack as Ctrl-C does, so that all that was started is stopped."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))


def main() -> None:
    stop_on_sigterm()
    try:
        with production_like() as addresses:
            for name, value in addresses.items():
                print(f"export {name}='{value}'")
            print("# Ctrl-C stops them.", flush=True)
            signal.pause()
    except KeyboardInterrupt:
        print("Stopped.")
    except Missing as missing:
        sys.exit(str(missing))


if __name__ == "__main__":
    main()
