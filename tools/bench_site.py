"""A server of a bench's own: an empty database, gunicorn as the image runs it, and a worker; all on loopback."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from services import dying_with_us

ROOT = Path(__file__).resolve().parent.parent


def set_up(folder: Path, database: str, **settings: str) -> None:
    """Settings of our own: no broker, no mail."""
    os.environ.update(
        DJANGO_SETTINGS_MODULE="server.settings",
        DATA_DIR=str(folder),
        DATABASE_URL=database,
        CACHE_URL="locmemcache://",
        CELERY_BROKER_URL="memory://localhost/",
        EMAIL_URL="dummymail://",
        LOG_LEVEL="ERROR",
        SWEEP_SECONDS="0.2",
        ALLOWED_HOSTS="127.0.0.1,testserver",
    )
    os.environ.update(settings)
    sys.path.insert(0, str(ROOT))
    import django  # noqa: PLC0415  (the environment names its settings only now)

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415

    call_command("migrate", verbosity=0)


@contextmanager
def web(folder: Path) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """Gunicorn as the image runs it; yields its port and its first process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = ["--bind", f"127.0.0.1:{port}", "--workers", "2", "--worker-tmp-dir", str(folder)]
    words = ["-m", "gunicorn", "server.wsgi:application", *options]
    with _running(*words, "--log-level", "warning") as process:
        while True:
            assert process.poll() is None, "gunicorn ended by itself; its words stand above"
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    yield port, process
                    return
            time.sleep(0.1)


@contextmanager
def worker() -> Iterator[subprocess.Popen[bytes]]:
    """The worker that scores; yields its first process."""
    with _running("-m", "celery", "-A", "server", "worker", "--loglevel", "error", "--without-mingle") as process:
        yield process


@contextmanager
def _running(*arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process of ours in a session of its own, ended with us."""
    command = [*dying_with_us(signal.SIGTERM), sys.executable, "-W", "ignore", *arguments]
    nothing = subprocess.DEVNULL  # what goes wrong is on stderr
    process = subprocess.Popen(command, cwd=ROOT, start_new_session=True, stdin=nothing, stdout=nothing)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
