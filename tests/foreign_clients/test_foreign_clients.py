"""Clients that others wrote send a file over a line that breaks, to a web server that is killed meanwhile."""

import hashlib
import random
import signal

import pytest

from server.accounts.services import make_token
from server.submissions.models import Submission
from tests.foreign_clients.clients import CLIENTS, NotHere
from tests.foreign_clients.trial import tried
from tests.processes import site_of

pytestmark = pytest.mark.django_db(transaction=True)
CONTENT = b"PK\x03\x04" + random.Random(3).randbytes(6_000_000)


@pytest.mark.parametrize("name", ["tuspy", "tus-js-client", pytest.param("curl", marks=pytest.mark.both_setups)])
def test_cut_twice_and_the_server_killed_the_file_arrives_whole(folders, tmp_path, shown, phase, alice, name):
    try:
        client = CLIENTS[name]()
    except NotHere as missing:
        pytest.skip(str(missing))
    (tmp_path / "results.zip").write_bytes(CONTENT)
    token = make_token(user=alice, label="x", scope="submit", days=None)[1]
    site = shown(site_of(folders, tmp_path)).started()

    def restart() -> int:
        site.process.send_signal(signal.SIGKILL)
        site.stop()
        return shown(site_of(folders, tmp_path)).started().port

    came = tried(client, tmp_path / "results.zip", phase.pk, token, port=site.port, cuts=2, restart=restart)
    assert (came.cuts, came.restarts, came.is_right) == (2, 1, True), came
    stored = Submission.objects.get().archive_path.read_bytes()
    assert hashlib.sha256(stored).digest() == hashlib.sha256(CONTENT).digest()
