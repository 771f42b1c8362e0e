"""Times one submission of full size, from its first byte until its number stands on the leaderboard.

Gunicorn, PostgreSQL and worker are its own, on loopback, and are stopped at the end.
"""

import argparse
import http.client
import json
import os
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench_site import ROOT, set_up, web, worker
from services import postgres, stop_on_sigterm

sys.path.insert(0, str(Path(__file__).with_name("bench")))

from children import Watcher, family
from data import Split, make_split

if TYPE_CHECKING:  # Django has no settings yet
    from server.tracks.models import Phase

BLOCK = 2**20
TICKS = os.sysconf("SC_CLK_TCK")
PATIENCE = 1800  # seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scorer", default="localization", help="segmentation, scene-parsing or localization")
    parser.add_argument("--images", type=int, default=21_120)
    parser.add_argument("--jobs", type=int, default=2, help="processes of one evaluation (2)")
    parser.add_argument("--data", type=Path, default=ROOT / ".bench", help="where the split is kept (.bench)")
    wished = parser.parse_args()
    stop_on_sigterm()
    split = make_split(wished.data, wished.scorer, wished.images, 400)
    with ExitStack() as ends:
        folder = Path(ends.enter_context(tempfile.TemporaryDirectory(prefix="lid-")))
        set_up(folder, ends.enter_context(postgres()), EVALUATOR_JOBS=str(wished.jobs))
        phase, token = prepare(split)
        port, gunicorn = ends.enter_context(web(folder))
        celery = ends.enter_context(worker())
        print(measured(Site(port, token), phase, split.submission, {"web": gunicorn.pid, "worker": celery.pid}))


class Site:
    """The server as a program sees it."""

    def __init__(self, port: int, token: str) -> None:
        self._port, self._token = port, token

    def get(self, path: str) -> bytes:
        """Read a page or an answer of the API."""
        return self._ask("GET", path)

    def submit(self, phase: "Phase", archive: Path) -> str:
        """Stream an archive as a multipart form; returns the submission's id."""
        form = Form({"phase": phase.pk, "method": "bench", "parameters": "1M", "rules_kept": "true"}, archive)
        headers = {"Content-Type": form.kind, "Content-Length": str(form.length)}
        submission: dict[str, Any] = json.loads(self._ask("POST", "/api/v1/submissions/", form.blocks(), headers))
        return str(submission["id"])

    def _ask(
        self, method: str, path: str, body: Iterator[bytes] | None = None, headers: dict[str, str] | None = None
    ) -> bytes:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE)
        connection.request(method, path, body, {"Authorization": f"Bearer {self._token}", **(headers or {})})
        answer = connection.getresponse()
        said = answer.read()
        assert answer.status < 300, f"{answer.status} from {path}: {said[:2000]!r}"
        connection.close()
        return said


class Form:
    """A form with one large file, made block by block."""

    def __init__(self, fields: dict[str, object], archive: Path) -> None:
        line = uuid.uuid4().hex
        named = [f'--{line}\r\nContent-Disposition: form-data; name="{name}"' for name in (*fields, "archive")]
        texts = [f"{start}\r\n\r\n{value}\r\n" for start, value in zip(named, fields.values(), strict=False)]
        file = f'{named[-1]}; filename="bench.zip"\r\nContent-Type: application/zip\r\n\r\n'
        self._start, self._end = ("".join(texts) + file).encode(), f"\r\n--{line}--\r\n".encode()
        self._archive = archive
        self.kind = f"multipart/form-data; boundary={line}"
        self.length = len(self._start) + archive.stat().st_size + len(self._end)

    def blocks(self) -> Iterator[bytes]:
        """Yield the whole body."""
        yield self._start
        with self._archive.open("rb") as file:
            yield from iter(lambda: file.read(BLOCK), b"")
        yield self._end


class Usage:
    """Follows what the web server, the worker and the evaluator beneath it use (Linux)."""

    def __init__(self, first_of: dict[str, int]) -> None:
        self._first_of = first_of
        self._before, self._watcher = self._seconds(), Watcher(self._members)

    def stop(self) -> dict[str, tuple[float, float]]:
        """Return seconds of CPU and most megabytes of each role; an evaluator's seconds count once it ended."""
        megabytes, seconds = self._watcher.stop(), self._seconds()
        return {role: (seconds[role] - self._before[role], megabytes[role]) for role in seconds}

    def _members(self) -> dict[str, list[int]]:
        members = {role: family(first) for role, first in self._first_of.items()}
        evaluators = [pid for pid in members["worker"] if b"evaluator" in _words(pid)]
        return members | {
            "worker": [pid for pid in members["worker"] if pid not in evaluators],
            "evaluator": evaluators,
        }

    def _seconds(self) -> dict[str, float]:
        own, reaped = {}, {}
        for role, members in self._members().items():
            times = [_times(pid) for pid in members]
            own[role], reaped[role] = sum(one for one, _ in times), sum(other for _, other in times)
        return own | {"evaluator": reaped["worker"]}


def _words(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:  # it has ended
        return b""


def _times(pid: int) -> tuple[float, float]:
    """Seconds of CPU that a process used itself, and that its ended children did."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0, 0
    user, system, childrens_user, childrens_system = map(int, fields[11:15])
    return (user + system) / TICKS, (childrens_user + childrens_system) / TICKS


def prepare(split: Split) -> tuple["Phase", str]:
    """An open phase with the split's ground truth, and the token of a member of a team."""
    from django.core.management import call_command  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from server.accounts.models import User  # noqa: PLC0415
    from server.accounts.services import make_token  # noqa: PLC0415
    from server.teams.services import create_team  # noqa: PLC0415
    from server.tracks.lid2020 import seed  # noqa: PLC0415
    from server.tracks.models import Phase  # noqa: PLC0415

    track = next(track for track in seed() if track.slug == split.scorer)
    call_command("install_ground_truth", track.slug, "test", split.truth, verbosity=0, stdout=sys.stderr)
    opens = timezone.now() - timedelta(days=1)
    phase = Phase.objects.create(track=track, slug="full", title="Full", split="test", opens_at=opens, limit=5)
    user = User.objects.create_user("bench@example.org", name="bench")
    create_team(user=user, name="bench", affiliation="")
    return phase, make_token(user=user, label="bench", scope="submit", days=None)[1]


def measured(site: Site, phase: "Phase", archive: Path, first_of: dict[str, int]) -> str:
    """Submit, wait for the number, and say what that took."""
    site.get(phase.get_absolute_url())  # a web server that has just started is none that teams meet
    usage, begun = Usage(first_of), time.monotonic()
    submission = site.submit(phase, archive)
    sent = time.monotonic() - begun
    scored = waited(lambda: json.loads(site.get(f"/api/v1/submissions/{submission}/"))["state"] == "scored", begun)
    shown = waited(lambda: b">bench<" in site.get(phase.get_absolute_url()), begun)
    roles = "; ".join(f"{role} {seconds:.1f} s, {most:.0f} MB" for role, (seconds, most) in usage.stop().items())
    return (
        f"{archive.stat().st_size / 1e6:.0f} MB: sent after {sent:.1f} s, scored after {scored:.1f} s, "
        f"on the board after {shown:.1f} s. CPU and most memory: {roles}. Load {os.getloadavg()[0]:.1f}."
    )


def waited(is_so: Callable[[], bool], begun: float) -> float:
    """Ask until it is so; returns the seconds since it was begun."""
    while not is_so():
        assert time.monotonic() - begun < PATIENCE, "it never came"
        time.sleep(0.2)
    return time.monotonic() - begun


if __name__ == "__main__":
    main()
