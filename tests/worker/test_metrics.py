"""Figures for Prometheus, served by a process of its own on an inner port."""

import re
import socket
import subprocess
import sys
from urllib.request import urlopen

import pytest
from django.conf import settings
from prometheus_client.parser import text_string_to_metric_families

from tests import processes
from tests.processes import eventually

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def serving(folders):
    """The address of a running `serve_metrics`."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-W", "ignore", "manage.py", "serve_metrics", "--port", str(port)]
    with subprocess.Popen(
        command, cwd=settings.BASE_DIR, env=processes.environment(folders), stdout=subprocess.PIPE, text=True
    ) as process:
        yield re.search(r"http\S+", process.stdout.readline())[0]
        process.terminate()
        assert process.wait(10) == 0


def test_figures_follow_the_tables_and_name_nobody(serving, submitted, alice, client):
    def figures() -> dict[tuple[str, str], float]:
        with urlopen(serving, timeout=10) as answer:  # noqa: S310  (our own address)
            said = answer.read().decode()
        assert "alice" not in said
        samples = [sample for family in text_string_to_metric_families(said) for sample in family.samples]
        return {(sample.name, "".join(sample.labels.values())): sample.value for sample in samples}

    before = figures()
    assert before["lid_evaluations", "queued"] == before["lid_oldest_waiting_seconds", ""] == 0
    submission = submitted(alice)
    after = eventually(lambda: (found := figures())["lid_evaluations", "queued"] and found)
    assert after["lid_archives_bytes", ""] == submission.size
    assert after["lid_oldest_waiting_seconds", ""] > 0
    assert after["lid_workers", "alive"] == 0
    assert ("lid_disk_free_bytes", "ARCHIVES_DIR") in after
    assert client.get("/metrics").status_code == 404
