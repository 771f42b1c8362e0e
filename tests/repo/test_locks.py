"""The locks name one version and its hashes for everything; the drivers are the ones we chose."""

import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ["requirements.txt", "requirements-dev.txt", "requirements-servers.txt"]


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_of_a_lock_has_one_version_and_a_hash(lock):
    packages = [line for line in logical_lines(lock) if not line.startswith("#")]
    pinned = re.compile(r"[\w.\[\],-]+==\S+( ; .+?)?( --hash=sha256:[0-9a-f]{64})+")
    assert packages
    assert [line for line in packages if not pinned.fullmatch(line)] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_registry_and_no_folder_of_a_machine(lock):
    assert not re.search(r"https?://|--index-url|--find-links|file:| /\w", (ROOT / lock).read_text())


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_all_that_its_source_asks_for(lock):
    names = {line.split("==")[0].split("[")[0] for line in logical_lines(lock)}
    assert asked_for(lock.replace(".txt", ".in")) <= names


def test_the_locks_of_server_and_tests_agree():
    run, dev = (set(logical_lines(lock)) for lock in LOCKS[:2])
    assert {line for line in run - dev if not line.startswith("#")} == set()


def test_psycopg_3_is_not_importable():
    """Django would prefer it to psycopg2 in silence, and only where it happens to be installed."""
    assert importlib.util.find_spec("psycopg") is None


def logical_lines(lock: str) -> list[str]:
    """A lock's packages, one to a line, without the comments about who wanted them."""
    text = re.sub(r"\n +#.*", "", (ROOT / lock).read_text())
    return re.sub(r" \\\n +", " ", text).splitlines()


def asked_for(source: str) -> set[str]:
    lines = (ROOT / source).read_text().splitlines()
    return {re.split(r"[\s\[<>=#;]", line)[0] for line in lines if re.match(r"\w", line)}
