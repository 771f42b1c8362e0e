"""A private PostgreSQL and Redis that a fault may kill, pause and start again."""

import importlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

TOOLS = Path(__file__).resolve().parents[2] / "tools"
START_SECONDS = 60


def _services() -> Any:
    """tools/services.py, which stands in no package."""
    sys.path.insert(0, str(TOOLS))
    try:
        return importlib.import_module("services")
    finally:
        sys.path.remove(str(TOOLS))


services = _services()


class Server:
    """A server on a unix socket, in a private folder that goes with it."""

    def __init__(self, command: list[Any], answers: Callable[[Path], object], account: dict[str, Any]) -> None:
        self.command, self.answers, self.account = command, answers, account
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, folder: Path) -> None:
        self.folder = folder
        with (folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [*services.dying_with_us(signal.SIGKILL), *map(str, self.command)],
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **self.account,
            )
        self._wait_until_it_answers()

    def kill(self, by: signal.Signals = signal.SIGKILL) -> None:
        self.process.send_signal(signal.SIGCONT)
        self.process.send_signal(by)
        self.process.wait(30)

    def restart(self, by: signal.Signals = signal.SIGKILL, pause: float = 0) -> None:
        self.kill(by)
        time.sleep(pause)
        self.start(self.folder)

    def pause(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            with suppress(services.psycopg2.OperationalError, services.redis_client.ConnectionError):
                self.answers(self.folder)
                return
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise RuntimeError(f"A server did not start:\n{(self.folder / 'log').read_text()}")
            time.sleep(0.05)


@contextmanager
def postgres() -> Iterator[Server]:
    """An empty PostgreSQL; an immediate end, as by `pg_ctl restart -m immediate`, is SIGQUIT."""
    account = services._unprivileged_account()
    with services._private_folder(account) as folder:
        binaries = services._executable_by(account, services.find_postgres(), folder)
        initdb = [binaries / "initdb", "--pgdata", folder / "data", "--username", "lid", "--auth", "trust"]
        services._run([*initdb, "--no-sync", "--encoding", "UTF8", "--locale", "C.UTF-8"], account, folder)
        options = ["listen_addresses=", f"unix_socket_directories={folder}", "max_connections=60"]
        flags = [part for option in options for part in ("-c", option)]
        server = Server([binaries / "postgres", "-D", folder / "data", *flags], _database_answers, account)
        with _started(server, folder, stop_by=signal.SIGQUIT):
            services._create_database(folder)
            yield server


@contextmanager
def redis() -> Iterator[Server]:
    """A Redis that keeps its messages on disk, as the production one does."""
    with services._private_folder({}) as folder:
        options = {"port": 0, "unixsocket": folder / "redis.sock", "dir": folder, "save": "", "appendonly": "yes"}
        flags = [part for name, value in options.items() for part in (f"--{name}", str(value))]
        server = Server([services.find_redis(), *flags], lambda folder: client_of(folder).ping(), {})
        with _started(server, folder, stop_by=signal.SIGTERM):
            yield server


def client_of(folder: Path) -> Any:
    return services.redis_client.Redis(unix_socket_path=str(folder / "redis.sock"))


def _database_answers(folder: Path) -> None:
    services.psycopg2.connect(host=str(folder), user="lid", dbname="postgres").close()


@contextmanager
def _started(server: Server, folder: Path, *, stop_by: signal.Signals) -> Iterator[None]:
    server.start(folder)
    try:
        yield
    finally:
        if server.process.poll() is None:
            server.kill(stop_by)


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[bool]:
    """Mount a small file system there; False, and nothing mounted, where we may not."""
    folder.mkdir(parents=True, exist_ok=True)
    options = ["-t", "tmpfs", "-o", f"size={megabytes}m,mode=0700", "tmpfs", str(folder)]
    mounted = os.geteuid() == 0 and subprocess.run(["mount", *options], check=False).returncode == 0
    with ExitStack() as ends:
        if mounted:
            ends.callback(subprocess.run, ["umount", "--lazy", str(folder)], check=False)
        yield mounted
