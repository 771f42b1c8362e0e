"""Runs a function in a forked child with limits on time and memory, and says what it came to."""

import json
import multiprocessing
import resource
import sys

SECONDS, MEGABYTES = 10, 512
FORK = multiprocessing.get_context("fork")


def boxed(function, *arguments):
    """(what the function returned, megabytes that it filled beyond what the parent had); it must fit in JSON."""
    receiver, sender = FORK.Pipe(duplex=False)
    child = FORK.Process(target=_run, args=(sender, function, arguments))
    child.start()
    sender.close()
    try:
        return json.loads(receiver.recv_bytes())
    except EOFError:
        child.join()
        raise AssertionError(f"the child ended with {child.exitcode} and no word") from None
    finally:
        child.join()


def _run(sender, function, arguments):
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    room = _filled("VmSize") + MEGABYTES
    resource.setrlimit(resource.RLIMIT_AS, (room * 2**20,) * 2)
    before = _filled("VmRSS")
    outcome = function(*arguments)
    sender.send_bytes(json.dumps([outcome, _filled("VmHWM") - before]).encode())


def _filled(name):
    """Megabytes of this process by one of the kernel's counts; without /proc, 0."""
    if sys.platform != "linux":
        return 0
    with open("/proc/self/status") as status:
        lines = dict(line.split(":", 1) for line in status)
    return int(lines[name].split()[0]) // 1024
