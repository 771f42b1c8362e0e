"""Each service killed and restarted while teams submit; a table of what came of it."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from engine import SERVICES, Site
from load import Load

COLUMNS = (
    "fault",
    "rounds",
    "sent",
    "accepted",
    "lost",
    "doubled",
    "wrong",
    "stuck",
    "FAILED",
    "slow uploads cut",
    "page away at most",
    "healed within",
)


@dataclass
class Outcome:
    fault: str
    rounds: int = 0
    sent: int = 0
    accepted: int = 0
    lost: int = 0
    doubled: int = 0
    wrong: int = 0
    stuck: int = 0
    failed: int = 0
    cut: int = 0
    away: float = 0.0
    healed: float = 0.0

    def row(self) -> list[object]:
        counts = [
            self.rounds,
            self.sent,
            self.accepted,
            self.lost,
            self.doubled,
            self.wrong,
            self.stuck,
            self.failed,
        ]
        return [self.fault, *counts, self.cut, f"{self.away:.1f} s", f"{self.healed:.0f} s"]

    def is_bad(self) -> bool:
        return bool(self.lost or self.doubled or self.wrong or self.stuck or self.failed)


def killed(project: Site, *services: str) -> None:
    """Kill them, and start them as the engine does after a fault of its own or of the machine."""
    containers = project.compose("ps", "-q", *services).split()
    project.run("docker", "kill", *containers)
    time.sleep(random.uniform(0, 2))
    project.run("docker", "start", *containers)


def all_faults() -> dict[str, Callable[[Site], object]]:
    def kill(name: str) -> Callable[[Site], object]:
        return lambda project: killed(project, name)

    def restart(name: str) -> Callable[[Site], object]:
        return lambda project: project.compose("restart", name)

    return (
        {f"{name} killed": kill(name) for name in SERVICES}
        | {f"{name} restarted": restart(name) for name in SERVICES}
        | {"all killed at once": lambda project: killed(project, *SERVICES)}
    )


def run_round(load: Load, outcome: Outcome, harm: Callable[[Site], object]) -> None:
    """One round of a fault: harm at a random moment, wait until all is well, judge."""
    sent, before = len(load.answers), load.judge()
    with load:
        time.sleep(random.uniform(2, 6))
        harm(load.project)
        time.sleep(2)
    seconds, healed = load.heal()
    found = load.judge() - before
    of_round = load.answers[sent:]
    outcome.rounds += 1
    outcome.sent += len(of_round)
    outcome.accepted += sum(status == 201 for status, _ in of_round)
    for name in ("lost", "doubled", "wrong", "failed"):
        setattr(outcome, name, getattr(outcome, name) + found[name])
    outcome.stuck += not healed
    outcome.cut += sum(status != 201 for status in load.slow)
    outcome.away = max(outcome.away, load.seconds_away)
    outcome.healed = max(outcome.healed, seconds)


def table(outcomes: list[Outcome]) -> str:
    rows: list[list[object]] = [[*COLUMNS], ["---"] * len(COLUMNS), *(outcome.row() for outcome in outcomes)]
    return "\n".join(f"| {' | '.join(map(str, row))} |" for row in rows)
