"""What the server stores is private to its user, whatever the umask and however the folder was made."""

import os
import subprocess
import sys

import pytest
from django.conf import settings

MIGRATE = (
    "import os; os.umask(0o022); from django.core.management import execute_from_command_line; "
    "execute_from_command_line(['', 'migrate', '-v0'])"
)


@pytest.mark.slow
@pytest.mark.parametrize("before", [None, 0o755, 0o711])
def test_the_data_folder_and_the_database_are_private(before, tmp_path):
    data = tmp_path / "mine"
    if before:
        data.mkdir(mode=before)
        (data / "lid.sqlite3").touch(0o644)
    keep = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    mine = {"DATA_DIR": str(data), "DJANGO_SETTINGS_MODULE": "server.settings", "CACHE_URL": "locmemcache://"}
    subprocess.run(
        [sys.executable, "-W", "ignore", "-c", MIGRATE],
        cwd=settings.BASE_DIR,
        env=keep | mine,
        check=True,
        capture_output=True,
    )
    assert data.stat().st_mode & 0o777 == (0o711 if before == 0o711 else 0o700)
    files = {path.name: path.stat().st_mode & 0o777 for path in data.iterdir() if path.is_file()}
    assert {"lid.sqlite3", "secret_key"} <= files.keys()
    assert set(files.values()) == {0o600}
