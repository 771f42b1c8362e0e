"""The sweep: every worker queries the database for work every few seconds; wake-ups only make it look earlier."""

from dataclasses import dataclass

from server.submissions.models import Evaluation, State
from server.submissions.tasks import work
from server.tracks.models import GroundTruth


@dataclass(frozen=True)
class Swept:
    """What one sweep found and did. Any number of sweeps at once do no more than one."""

    waiting: int  # evaluations that may be claimed, and drafts to be packed
    lease_ran_out: int  # those of them whose worker was lost
    wakeups: int


def sweep(room: int) -> Swept:
    """Send at most `room` wake-ups for what waits."""
    states = list(Evaluation.objects.claimable().order_by().values_list("state", flat=True))
    waiting = len(states) + GroundTruth.objects.waiting().count()
    wakeups = min(room, waiting)
    for _ in range(wakeups):
        work.apply_async(retry=False)
    return Swept(waiting, states.count(State.RUNNING), wakeups)
