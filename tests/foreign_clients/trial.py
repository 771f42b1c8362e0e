"""One client sends a file over a line that breaks, to a server that is killed meanwhile and starts again."""

import hashlib
import http.client
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.foreign_clients.clients import Client
from tests.foreign_clients.line import BreakingLine

MOST_SECONDS = 1800


@dataclass
class Outcome:
    """What came of it."""

    seconds: float
    cuts: int
    restarts: int
    is_right: bool  # the archive that the server has, by its sha256
    said: str  # the API's answer to the submission


def tried(
    client: Client, file: Path, phase: int, token: str, *, port: int, cuts: int, restart: Callable[[], int] | None
) -> Outcome:
    """Send and submit. `restart` kills the server, starts it again, and returns its port."""
    size, restarts = file.stat().st_size, int(restart is not None)
    breaks = [size * number // (cuts + 1) for number in range(1, cuts + 1)]
    middle = size * (2 * (cuts // 2) + 1) // (2 * cuts + 2)  # between two cuts
    begun = time.monotonic()
    with (
        BreakingLine(port, [*breaks, *[middle] * restarts], middle) as line,
        client.sending(line.url, phase, file, token) as process,
    ):
        if restart:
            while not line.stopped.wait(0.2):
                assert process.poll() is None, process.communicate()
            line.port = restart()
            line.goes_on.set()
        said, complaint = process.communicate(timeout=MOST_SECONDS)
        seconds = time.monotonic() - begun
        assert process.returncode == 0, f"{client.name}: {complaint}{said}"
        answer = submitted(line.port, phase, token, said.split()[-1].rpartition("/")[2])
        with file.open("rb") as content:
            sha256 = hashlib.file_digest(content, "sha256").hexdigest()
        is_right = answer.get("sha256") == sha256
        return Outcome(seconds, line.broken - restarts, restarts, is_right, str(answer))


def submitted(port: int, phase: int, token: str, upload: str) -> dict[str, object]:
    """What the API answers to the submission of an upload."""
    form = {"phase": phase, "upload": upload, "parameters": "1M", "rules_kept": True, "method": "foreign"}
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("POST", "/api/v1/submissions/", json.dumps(form), headers)
    answer: dict[str, object] = json.loads(connection.getresponse().read())
    connection.close()
    return answer
