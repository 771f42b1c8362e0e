"""What the services use: their share of a core while nothing happens, and their memory."""

import time

from engine import SERVICES, Site

MOST = 2.0  # % of a core, all services together
# Control groups of the first and of the second version.
USED = (
    "cat /sys/fs/cgroup/cpuacct/cpuacct.usage 2>/dev/null"
    " || sed -n 's/^usage_usec \\(.*\\)/\\1000/p' /sys/fs/cgroup/cpu.stat"
)


def at_rest(project: Site, seconds: int) -> str:
    before = {name: used(project, name) for name in SERVICES}
    time.sleep(seconds)
    shares = {name: 100 * (used(project, name) - before[name]) / seconds for name in SERVICES}
    words = ", ".join(f"{name} {share:.2f} %" for name, share in shares.items())
    total = sum(shares.values())
    return f"{total:.2f} % of a core{f', more than {MOST}' if total > MOST else ''}: {words}"


def used(project: Site, service: str) -> float:
    """Seconds of processor time of a service's first container, its health checks among them."""
    return int(project.compose("exec", "-T", service, "sh", "-c", USED)) / 1e9


def memory(project: Site) -> str:
    names = [container["Name"].lstrip("/") for container in project.containers() if container["State"]["Running"]]
    wanted = ["docker", "stats", "--no-stream", "--format", "{{.Name}} {{.MemUsage}}", *sorted(names)]
    lines = [line.split() for line in project.run(*wanted).splitlines()]
    return "        memory: " + ", ".join(f"{name.removeprefix('lid-check-')} {used}" for name, used, *_ in lines)
