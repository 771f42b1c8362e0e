"""deploy/backup and deploy/restore, with a `docker` that notes what it is asked for instead of doing it."""

import os
import subprocess
from pathlib import Path

import pytest
import yaml

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
DOCKER = """#!/bin/sh
echo "$*" >> "$ASKED"
case "$*" in
  *pg_dump*) [ -z "$NO_DUMP" ] || exit 1; printf dump ;;
  *"backup --files"*) printf tar ;;
  *pg_restore*|*"restore --files"*) cat >> "$ASKED"; echo >> "$ASKED" ;;
esac
"""


@pytest.fixture
def run(tmp_path):
    """Run a script: `run("backup", folder)`; its exit code and what docker was asked for."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "docker").write_text(DOCKER)
    (tmp_path / "bin" / "docker").chmod(0o700)
    asked = tmp_path / "asked"

    def do(script: str, *arguments: object, **variables: str) -> tuple[int, list[str]]:
        asked.write_text("")
        environment = {"PATH": f"{tmp_path}/bin:{os.environ['PATH']}", "ASKED": str(asked), **variables}
        done = subprocess.run(
            [DEPLOY / script, *arguments], env=environment, capture_output=True, text=True, check=False
        )
        return done.returncode, asked.read_text().splitlines()

    return do


def test_a_backup_is_the_database_first_then_the_files_and_their_hashes(run, tmp_path):
    code, asked = run("backup", tmp_path / "backups")
    assert (code, ["pg_dump" in asked[0], "backup --files" in asked[1]]) == (0, [True, True])
    (backup,) = (tmp_path / "backups").iterdir()
    assert {file.name: file.read_text() for file in backup.iterdir() if file.name != "SHA256SUMS"} == {
        "database.dump": "dump",
        "files.tar": "tar",
    }
    assert {file.stat().st_mode & 0o077 for file in (backup, *backup.iterdir())} == {0}
    code, asked = run("restore", backup)
    assert (code, [line for line in asked if line in {"dump", "tar"}]) == (0, ["dump", "tar"])
    assert not any("--project-name" in line for line in asked)
    code, asked = run("restore", "--check", backup)
    assert code == 0
    of_its_own = "compose --project-name lid-restore-check"
    assert all(line.startswith(of_its_own) for line in asked if "compose" in line)
    assert asked[-1] == f"{of_its_own} down --volumes"


def test_a_project_of_its_own_shares_no_volume_with_the_server():
    volumes = yaml.safe_load((DEPLOY.parent / "docker-compose.yml").read_text())["volumes"]
    assert not any({"name", "external"} & set(volume or {}) for volume in volumes.values())


def test_a_database_that_cannot_be_dumped_leaves_no_backup(run, tmp_path):
    code, _ = run("backup", tmp_path / "backups", NO_DUMP="yes")
    assert code != 0
    assert list((tmp_path / "backups").iterdir()) == []


def test_a_damaged_backup_is_not_restored(run, tmp_path):
    run("backup", tmp_path / "backups")
    (backup,) = (tmp_path / "backups").iterdir()
    (backup / "files.tar").write_text("rat")
    code, asked = run("restore", backup)
    assert (code != 0, asked) == (True, [])


def test_a_script_without_a_folder_says_how_it_is_used(run):
    assert run("backup")[0] != 0
    assert run("restore")[0] != 0
