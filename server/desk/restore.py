"""Restores a backup into an empty database and empty folders, and says what is missing."""

import os
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any
from urllib.parse import quote

import psycopg2
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from server.desk.backup import DATABASE, FILES, FOLDERS, KEY, SUMS, run_client
from server.files import CHUNK, sha256_of
from server.outbox.services import hold_emails

HELD = "A backup was restored."


def check_sums(backup: Path) -> None:
    """Raises CommandError where a part of the backup is missing or damaged."""
    sums = backup / SUMS
    if not sums.is_file():
        raise CommandError(f"{backup} is no complete backup: it has no {SUMS}.")
    listed = {name: digest for digest, name in (line.split() for line in sums.read_text().splitlines())}
    for name in (DATABASE, FILES):
        path = backup / name
        if not path.is_file():
            raise CommandError(f"{backup} is no complete backup: {name} is missing.")
        if sha256_of(path) != listed.get(name):
            raise CommandError(f"{path} is damaged: its sha256 is not that in {SUMS}. Take another backup.")


def restore(backup: Path) -> None:
    check_sums(backup)
    refuse_files()
    if connection.introspection.table_names():
        raise CommandError(f"The database {_name()} is not empty. Restore into a new one: see docs/operators.md.")
    _load_database(backup / DATABASE)
    prepare_database()
    with (backup / FILES).open("rb") as file:
        read_files(file)


def prepare_database() -> None:
    """Bring the restored database to this version, and hold its mails before anything runs."""
    call_command("migrate", verbosity=0, interactive=False)
    hold_emails(HELD)


def refuse_files() -> None:
    """Raises CommandError where files would be mixed with those of another server."""
    for setting in FOLDERS.values():
        folder: Path = getattr(settings, setting)
        if folder.is_dir() and (there := next(filter(Path.is_file, folder.rglob("*")), None)):
            raise CommandError(f"{setting} is not empty: {there} is there. Restore into empty folders.")


def read_files(stream: IO[bytes]) -> int:
    """Write the files of a tar to their folders; return how many."""
    count = 0
    with tarfile.open(fileobj=stream, mode="r|") as tar:
        for member in tar:
            content = tar.extractfile(member)
            if content is None:
                raise CommandError(f"{member.name} is no file. This tar was not made by manage.py backup.")
            _write(content, _target(member.name), 0o400 if member.mode & 0o200 == 0 else 0o600)
            count += 1
    return count


def _write(content: IO[bytes], target: Path, mode: int) -> None:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    target.unlink(missing_ok=True)  # the key that this start has made
    target.touch(0o600, exist_ok=False)
    with target.open("wb") as file:
        shutil.copyfileobj(content, file, CHUNK)
    target.chmod(mode)


def _target(name: str) -> Path:
    if name == KEY:
        return Path(settings.DATA_DIR / KEY)
    folder, *within = PurePosixPath(name).parts
    if folder not in FOLDERS or not within or ".." in within:
        raise CommandError(f"“{name}” is in no folder of the server. This tar was not made by manage.py backup.")
    return Path(getattr(settings, FOLDERS[folder])).joinpath(*within)


def _load_database(dump: Path) -> None:
    if connection.vendor == "sqlite":
        connection.close()
        copy = f"{dump.resolve().as_uri()}?mode=ro"
        with closing(sqlite3.connect(copy, uri=True)) as reader, closing(sqlite3.connect(_name())) as database:
            reader.backup(database)
    else:
        run_client("pg_restore", ["--no-owner", "--exit-on-error", "--single-transaction", str(dump), "--dbname"])


def _name() -> str:
    return str(connection.settings_dict["NAME"])


# A trial in scratch folders and a scratch database


def restore_on_trial(backup: Path) -> int:
    """Restore beside the running server, check every file, and throw it all away; return the exit code."""
    with tempfile.TemporaryDirectory(prefix="lid-restore-") as folder, _scratch_database(Path(folder)) as url:
        given = {
            "DATA_DIR": folder,
            "GROUND_TRUTH_DIR": f"{folder}/ground_truth",
            "GROUND_TRUTH_DRAFTS_DIR": f"{folder}/drafts",
            "DATABASE_URL": url,
        }
        own = {name: value for name, value in os.environ.items() if name.removesuffix("_FILE") not in given}
        command = [sys.executable, *_manage(), "restore", str(backup)]
        return subprocess.run(command, cwd=settings.BASE_DIR, env=own | given, check=False).returncode


def _manage() -> list[str]:
    return [*(f"-W{option}" for option in sys.warnoptions), str(settings.BASE_DIR / "manage.py")]


@contextmanager
def _scratch_database(folder: Path) -> Iterator[str]:
    if connection.vendor == "sqlite":
        yield f"sqlite:///{folder}/lid.sqlite3"
        return
    name = f"lid_restore_{os.getpid()}"
    with _on_server(f'CREATE DATABASE "{name}"', f'DROP DATABASE "{name}" WITH (FORCE)'):
        yield _url_of(name)


@contextmanager
def _on_server(before: str, after: str) -> Iterator[None]:
    with closing(psycopg2.connect(**_login())) as server:
        server.autocommit = True  # CREATE DATABASE refuses a transaction
        server.cursor().execute(before)
        try:
            yield
        finally:
            server.cursor().execute(after)


def _login() -> dict[str, Any]:
    given = connection.get_connection_params()
    return {name: given[name] for name in ("dbname", "user", "password", "host", "port") if given.get(name)}


def _url_of(name: str) -> str:
    """Return the URL of another database on our server."""
    login = _login()
    password = f":{quote(login['password'], safe='')}" if "password" in login else ""
    host, port = login.get("host", ""), f":{login['port']}" if "port" in login else ""
    place = f"/{host}" if host.startswith("/") else f"{host}{port}"  # a folder with a socket
    return f"postgres://{quote(login.get('user', ''), safe='')}{password}@{place}/{name}"
