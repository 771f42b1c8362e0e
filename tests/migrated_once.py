"""Runs the migrations in one of the processes that test at once; the others get a copy of its database."""

import fcntl
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from django.db import connection
from django.test.utils import setup_databases, teardown_databases

TEMPLATE = "lid_migrated"


@contextmanager
def test_database(folder: Path) -> Iterator[None]:
    """Within, the test database is there; processes that name the same folder run the migrations once."""
    with (folder / "migrated.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        copied = (folder / "migrated").exists()
        if copied:
            _take_copy(folder)
        databases = setup_databases(verbosity=0, interactive=False, keepdb=copied, serialized_aliases=())
        if not copied:
            _leave_copy(folder)
            (folder / "migrated").touch()
    yield
    teardown_databases(databases, verbosity=0)


def _leave_copy(folder: Path) -> None:
    if connection.vendor == "sqlite":
        with closing(sqlite3.connect(folder / TEMPLATE)) as template:
            connection.connection.backup(template)
    else:
        name = connection.settings_dict["NAME"]
        connection.close()  # a database that somebody uses cannot be copied
        with connection._nodb_cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {TEMPLATE}")
            cursor.execute(f"CREATE DATABASE {TEMPLATE} TEMPLATE {name}")


def _take_copy(folder: Path) -> None:
    own = connection.settings_dict["TEST"]
    own["MIGRATE"] = False
    if connection.vendor == "sqlite":
        Path(own["NAME"]).write_bytes((folder / TEMPLATE).read_bytes())
    else:
        own["TEMPLATE"] = TEMPLATE
        with connection._nodb_cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {connection.creation._get_test_db_name()}")
