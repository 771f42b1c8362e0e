"""Failpoints: points where tests make this process fail, by `LID_FAILPOINTS=1 FAILPOINTS=before_commit:kill`."""

import errno
import os
import signal


def failpoint(name: str) -> None:
    """Fail here if the environment asks for it: `kill` or `freeze` this process, or raise like a `full` disk."""
    if os.environ.get("LID_FAILPOINTS") != "1":
        return
    actions = dict(item.split(":") for item in os.environ.get("FAILPOINTS", "").split(",") if item)
    if actions.get(name) == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if actions.get(name) == "freeze":  # until SIGCONT
        os.kill(os.getpid(), signal.SIGSTOP)
    if actions.get(name) == "full":
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
