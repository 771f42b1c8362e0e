"""Named places where a test may have this very process fail: `LID_FAILPOINTS=1 FAILPOINTS=before_commit:kill`."""

import errno
import os
import signal


def failpoint(name: str) -> None:
    """Fail here if the tests' environment says so: `kill` or `freeze` us, or raise as a `full` disk does."""
    if os.environ.get("LID_FAILPOINTS") != "1":
        return
    wishes = dict(wish.split(":") for wish in os.environ.get("FAILPOINTS", "").split(",") if wish)
    if wishes.get(name) == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if wishes.get(name) == "freeze":  # until SIGCONT
        os.kill(os.getpid(), signal.SIGSTOP)
    if wishes.get(name) == "full":
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
