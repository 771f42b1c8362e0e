"""A backup: the database first, then the files that its rows name, which are only added to.

PostgreSQL is dumped by pg_dump, SQLite copied by its own backup, while the server runs. The files go into a tar.
"""

import os
import shutil
import sqlite3
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import IO

from django.conf import settings
from django.core.management.base import CommandError
from django.db import connection
from django.utils import timezone

from server.files import sha256_of, sync

DATABASE, FILES, SUMS = "database.dump", "files.tar", "SHA256SUMS"
# In the tar -> the setting. Uploads in progress, work folders and locks are left out: nothing is lost with them.
FOLDERS = {
    "archives": "ARCHIVES_DIR",
    "statistics": "STATISTICS_DIR",
    "public": "PUBLIC_DIR",
    "cases": "CASES_DIR",
    "rescores": "RESCORES_DIR",
    "paper_packs": "PAPER_PACKS_DIR",
    "drafts": "GROUND_TRUTH_DRAFTS_DIR",
    "ground_truth": "GROUND_TRUTH_DIR",
}
KEY = "secret_key"  # of DATA_DIR; without it two-step log-ins would have to be set up anew
LEFT_OUT = "incoming"


def back_up(into: Path) -> Path:
    """Write a backup into a new folder, which has its name once it is complete."""
    folder = into / f"{timezone.now():%Y-%m-%dT%H%M%SZ}"
    part = folder.with_name(f"{folder.name}.part")
    part.mkdir(parents=True, mode=0o700)
    try:
        _write_database(part / DATABASE)
        with (part / FILES).open("xb") as file:
            (part / FILES).chmod(0o600)
            write_files(file)
        sums = [f"{sha256_of(part / name)}  {name}\n" for name in (DATABASE, FILES)]
        (part / SUMS).write_text("".join(sums))
        for path in (*part.iterdir(), part):
            sync(path)
        part.rename(folder)
    except BaseException:
        shutil.rmtree(part)
        raise
    sync(into)
    return folder


def write_files(stream: IO[bytes]) -> None:
    """Write all files as a tar, also into a pipe."""
    with tarfile.open(fileobj=stream, mode="w|") as tar:
        for path, name in _files():
            try:
                tar.add(path, name, recursive=False)
            except FileNotFoundError:  # one that is no longer needed: a draft that was packed, a file of a case
                continue
            except OSError as error:
                raise CommandError(
                    f"{path} cannot be read: {error.strerror}. Run this as the worker's user."
                ) from error


def _files() -> Iterator[tuple[Path, str]]:
    for name, setting in FOLDERS.items():
        folder: Path = getattr(settings, setting)
        for path in sorted(folder.rglob("*")):
            within = path.relative_to(folder)
            if path.is_file() and path.suffix != ".part" and within.parts[0] != LEFT_OUT:
                yield path, f"{name}/{within}"
    if (settings.DATA_DIR / KEY).exists():
        yield settings.DATA_DIR / KEY, KEY


def _write_database(path: Path) -> None:
    path.touch(0o600)
    if connection.vendor == "sqlite":
        source = f"{Path(connection.settings_dict['NAME']).resolve().as_uri()}?mode=ro"
        with closing(sqlite3.connect(source, uri=True)) as reader, closing(sqlite3.connect(path)) as copy:
            reader.backup(copy)  # by a connection of its own, which no writer holds up
            copy.execute("PRAGMA journal_mode=DELETE")  # one file, without its journals beside it
    else:
        run_client("pg_dump", ["--format=custom", "--no-owner", f"--file={path}"])


def run_client(program: str, arguments: list[str]) -> None:
    """Run a program of PostgreSQL on our database. Raises CommandError."""
    if not shutil.which(program):
        raise CommandError(
            f"{program} is not here: install PostgreSQL's client programs, of the server's version or later. "
            "With compose, use deploy/backup, which runs the one in the database's container."
        )
    command, variables = connection.client.settings_to_cmd_args_env(connection.settings_dict, arguments)
    done = subprocess.run(
        [program, *command[1:]],
        env=os.environ | (variables or {}),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise CommandError(f"{program} failed: {done.stderr.strip()}")
