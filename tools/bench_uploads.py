"""Large uploads by tus clients that others wrote: does all arrive, and how much memory does the web server take?

Each client sends over a line that breaks, to a web server that is killed meanwhile and starts again; then four
send at once. Gunicorn and PostgreSQL are its own, on loopback; all is stopped and removed at the end.
Exit code 1: an archive arrived otherwise than it was sent, or the web server took more memory than it may.
"""

import argparse
import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from itertools import count, islice
from pathlib import Path

from bench_site import ROOT, set_up, web
from bench_submission import prepare
from services import postgres, stop_on_sigterm

sys.path.insert(0, str(Path(__file__).with_name("bench")))
sys.path.insert(0, str(ROOT))

from children import Watcher, family
from data import make_split

from tests.foreign_clients.clients import CLIENTS, Client, NotHere
from tests.foreign_clients.trial import Outcome, tried

MEGABYTE = 10**6
AT_ONCE = 4
MOST_MEMORY = 300  # MB
ROW = "{:24} {:>12} {:>5} {:>9} {:>8} {:>15}   {}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=int, default=1000, help="size of the file (1000)")
    parser.add_argument("--cuts", type=int, default=10, help="how often the line breaks (10)")
    parser.add_argument("--only", nargs="+", choices=CLIENTS, default=list(CLIENTS), help="these clients alone")
    wished = parser.parse_args()
    stop_on_sigterm()
    with ExitStack() as ends:
        folder = Path(ends.enter_context(tempfile.TemporaryDirectory(prefix="lid-")))
        set_up(folder, ends.enter_context(postgres()))
        file = made(folder / "results.zip", wished.megabytes)
        site = Site(folder, ends)
        print(ROW.format("client", "bytes", "cuts", "restarts", "seconds", "web memory", "sha256"))
        clients = list(found(wished.only))
        rows = [site.row(client, file, wished.cuts) for client in clients]
        rows += [site.row(client, file, at_once=AT_ONCE) for client in clients]
        sys.exit(not all(rows))


def found(names: list[str]) -> Iterator[Client]:
    for name in names:
        try:
            yield CLIENTS[name]()
        except NotHere as missing:
            print(f"{name}: left out, {missing}")


def made(file: Path, megabytes: int) -> Path:
    """A file that begins as a zip does, and of which no two places are alike."""
    with file.open("wb") as out:
        out.write(b"PK\x03\x04")
        for _ in range(megabytes):
            out.write(os.urandom(MEGABYTE))
    return file


class Site:
    """A web server that may be killed and starts again."""

    def __init__(self, folder: Path, ends: ExitStack) -> None:
        self._folder, self._ends, self._tokens = folder, ends, map(new_token, count())
        self._phase = prepare(make_split(folder / "split", "localization", 12, 12))[0]
        self._start()

    def row(self, client: Client, file: Path, cuts: int = 0, at_once: int = 1) -> bool:
        """Send the file, so many times at once; print what came of it; return whether all is right."""
        watcher = Watcher(lambda: {"web": family(self._process.pid)})
        tokens = list(islice(self._tokens, at_once))
        send = partial(self._tried, client, file, cuts)
        with ThreadPoolExecutor(at_once) as pool:  # whose threads must start no server: it would end with them
            came = list((map if cuts else pool.map)(send, tokens))
        megabytes = watcher.stop()["web"]
        print(row(client.name, file, came, megabytes), flush=True)
        return megabytes <= MOST_MEMORY and all(outcome.is_right for outcome in came)

    def _tried(self, client: Client, file: Path, cuts: int, token: str) -> Outcome:
        restart = self._restart if cuts else None
        return tried(client, file, self._phase.pk, token, port=self._port, cuts=cuts, restart=restart)

    def _start(self) -> int:
        self._port, self._process = self._ends.enter_context(web(self._folder))
        return self._port

    def _restart(self) -> int:
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        return self._start()


def new_token(number: int) -> str:
    """The token of one more person, in a team of their own."""
    from server.accounts.models import User  # noqa: PLC0415
    from server.accounts.services import make_token  # noqa: PLC0415
    from server.teams.services import create_team  # noqa: PLC0415

    user = User.objects.create_user(f"uploader{number}@example.org", name=f"uploader {number}")
    create_team(user=user, name=f"team {number}", affiliation="")
    return make_token(user=user, label="bench", scope="submit", days=None)[1]


def row(name: str, file: Path, came: list[Outcome], megabytes: float) -> str:
    each = f"{len(came)} × " if len(came) > 1 else ""
    is_right = all(outcome.is_right for outcome in came)
    return ROW.format(
        each + name,
        f"{each}{file.stat().st_size / 1e6:.0f} MB",
        sum(outcome.cuts for outcome in came),
        sum(outcome.restarts for outcome in came),
        f"{max(outcome.seconds for outcome in came):.0f}",
        f"{megabytes:.0f} MB{' TOO MUCH' * (megabytes > MOST_MEMORY)}",
        "right" if is_right else f"WRONG: {[outcome.said for outcome in came]}",
    )


if __name__ == "__main__":
    main()
