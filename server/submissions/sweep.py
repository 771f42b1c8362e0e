"""The sweep: each worker's periodic search for work, every few seconds; a wake-up only starts one at once."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from server.prepared_query import PreparedQuery
from server.submissions.models import Evaluation, State
from server.submissions.tasks import work
from server.tracks.models import GroundTruth


@dataclass(frozen=True)
class Swept:
    """What one sweep found and did. Several sweeps at once do no more than one."""

    waiting: int  # evaluations to be scored, drafts to be packed, packs to be read again
    lease_ran_out: int  # those of them whose worker was lost
    wakeups: int


def _waiting() -> QuerySet[Any, Any]:
    """Return the states of all rows that a worker may claim now."""
    evaluations, drafts = Evaluation.objects.claimable(), GroundTruth.objects.waiting()
    queues = (evaluations, drafts, GroundTruth.objects.unreadable())
    first, *others = (rows.order_by().values_list("state") for rows in queues)
    return first.union(*others, all=True)


WAITING = PreparedQuery(_waiting)


def sweep(room: int) -> Swept:
    """Search for waiting work, and send at most `room` wake-ups for it."""
    states = [state for (state,) in WAITING.rows()]
    wakeups = min(room, len(states))
    for _ in range(wakeups):
        work.apply_async(retry=False)
    return Swept(len(states), states.count(State.RUNNING), wakeups)
