"""Load on one address for some seconds: answers, their latencies, and what both servers spent on them."""

import http.client
import os
import re
import shutil
import statistics
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

CONNECTIONS = 8
READS_BAR, P95_BAR = 200, 100
CLOCK_TICK = os.sysconf("SC_CLK_TCK")
PAUSE = 20  # milliseconds between two reads of a connection, so that somewhat more is asked than the bar
PERCENTILES = """
delay = function() return PAUSE end
done = function(summary, latency, _)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.status + errors.timeout
  local told = {summary.requests, summary.duration}
  for _, share in ipairs({50, 95, 99}) do table.insert(told, latency:percentile(share)) end
  table.insert(told, failed)
  for at, number in ipairs(told) do told[at] = string.format("%d", number) end
  io.write("RESULT " .. table.concat(told, " ") .. "\\n")
end
""".replace("PAUSE", str(PAUSE))


@dataclass(frozen=True)
class Measured:
    """One run: answers per second, milliseconds, answers that were none, and milliseconds of CPU per answer."""

    reads: float
    p50: float
    p95: float
    p99: float
    errors: int
    web: float
    database: float

    @property
    def holds(self) -> bool:
        return self.reads >= READS_BAR and self.p95 < P95_BAR and not self.errors


def measure(url: str, headers: dict[str, str], seconds: int) -> Measured:
    tag = tag_of(url)
    headers = {name: tag if value == "the tag of now" else value for name, value in headers.items()}
    before = cpu_seconds()
    load = by_wrk if shutil.which("wrk") else by_threads
    requests, took, p50, p95, p99, errors = load(url, headers, seconds)
    spent = {name: 1000 * (now - before[name]) / max(requests, 1) for name, now in cpu_seconds().items()}
    return Measured(requests / took, p50, p95, p99, errors, spent["gunicorn"], spent["postgres"])


def warm_up(url: str) -> None:
    """Ask until every process of the web server has surely made the page once: what comes then is its renewal."""
    for _ in range(40):
        tag_of(url)


def tag_of(url: str) -> str:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc)
    connection.request("GET", parts.path)
    return connection.getresponse().headers["ETag"]


def by_wrk(url: str, headers: dict[str, str], seconds: int) -> tuple[int, float, float, float, float, int]:
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(PERCENTILES)
        script.flush()
        flags = [part for name, value in headers.items() for part in ("-H", f"{name}: {value}")]
        command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", script.name, *flags, url]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=seconds + 60)
    result = re.search(r"RESULT (.*)", done.stdout)
    assert result, f"wrk printed no result: {done.stdout}"
    requests, microseconds, *latencies, errors = map(int, result[1].split())
    p50, p95, p99 = (latency / 1000 for latency in latencies)
    return requests, microseconds / 1e6, p50, p95, p99, errors


def by_threads(url: str, headers: dict[str, str], seconds: int) -> tuple[int, float, float, float, float, int]:
    """The same by Python's own client; it takes more of the machine than wrk does."""
    latencies: list[float] = []
    errors: list[int] = []
    parts, until = urlsplit(url), time.monotonic() + seconds

    def read() -> None:
        connection = http.client.HTTPConnection(parts.netloc)
        while time.monotonic() < until:
            began = time.perf_counter()
            connection.request("GET", parts.path, headers=headers)
            answer = connection.getresponse()
            answer.read()
            latencies.append(1000 * (time.perf_counter() - began))
            if answer.status not in {200, 304}:
                errors.append(answer.status)

    threads = [threading.Thread(target=read) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    cuts = statistics.quantiles(latencies, n=100)
    return len(latencies), seconds, cuts[49], cuts[94], cuts[98], len(errors)


def cpu_seconds() -> dict[str, float]:
    """What gunicorn and PostgreSQL below this process have used so far."""
    spent, children = {"gunicorn": 0.0, "postgres": 0.0}, {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
            words = stat.with_name("cmdline").read_text()
        except OSError:  # it has just ended
            continue
        children[int(stat.parent.name)] = int(fields[1]), words, (int(fields[11]) + int(fields[12])) / CLOCK_TICK
    for pid, (_, words, seconds) in children.items():
        name = next((name for name in spent if name in words), None)
        if name and is_below(os.getpid(), pid, children):
            spent[name] += seconds
    return spent


def is_below(ancestor: int, pid: int, processes: dict[int, tuple[int, str, float]]) -> bool:
    while pid in processes and pid != ancestor:
        pid = processes[pid][0]
    return pid == ancestor
