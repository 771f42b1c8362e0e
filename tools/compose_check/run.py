"""Runs docker-compose.yml on the engine that answers, from an empty folder to a score, and through faults.

The project, its ports, volumes and secrets are its own, and removed at the end; a server here is left alone.
"""

import argparse
import itertools
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import people
from engine import HERE, ROOT, Failed, Site, eventually, fill_in, put, site, why_not
from faults import Outcome, all_faults, run_round, table
from load import Load
from rest import at_rest, memory
from visitor import Visitor, need, trusted

BEGAN = time.monotonic()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=1, help="of each fault (1; 0: none)")
    parser.add_argument("--only", nargs="+", metavar="FAULT", help="these faults alone")
    parser.add_argument("--from", dest="before", default="HEAD~1", help="the version to upgrade from (HEAD~1)")
    parser.add_argument("--rest", type=int, default=120, help="seconds for which the share of a core is measured")
    arguments = parser.parse_args()
    if reason := why_not():
        print(f"make compose-check is skipped: {reason}.")
        return 0
    with tempfile.TemporaryDirectory(prefix="lid-check-") as folder, site(Path(folder)) as project:
        try:
            bad = check(project, arguments)
        except Failed as failure:
            print(f"FAILED: {failure}\n{project.compose('ps', '-a')}", flush=True)
            return 1
    print("FAILED: see the table" if bad else "All is well.", flush=True)
    return int(bad)


def step(what: str, act: Callable[[], Any]) -> Any:
    """Do it, and print how long it took and what it says."""
    began = time.monotonic()
    said = act()
    words = f": {said}" if isinstance(said, str) else ""
    print(f"{began - BEGAN:6.0f} s  {what}, {time.monotonic() - began:.1f} s{words}", flush=True)
    return said


def check(project: Site, arguments: argparse.Namespace) -> bool:
    fill_in(project)
    before = arguments.before if can_start(arguments.before) else None
    put(project, before)
    step(f"first start of {before or 'this version'} from an empty folder", project.upgrade)
    step("every check is green", lambda: eventually(lambda: not project.ill(), 90, "health"))
    step("no secret in `docker inspect`", lambda: no_secret_is_shown(project))
    print(f"{memory(project)}", flush=True)
    load = prepare(project)
    step("three workers", lambda: three_workers(project))
    outcomes = [Outcome("nothing"), *(harmed(load, arguments) if arguments.rounds else [])]
    step("nothing happens, under load", lambda: run_round(load, outcomes[0], lambda _: time.sleep(SECONDS)))
    put(project, None)
    outcomes.append(Outcome(f"upgrade from {before or 'this version under another tag'}"))
    step("upgrade under load", lambda: run_round(load, outcomes[-1], lambda site: site.upgrade()))
    step("down and up again", lambda: down_and_up(load))
    step("a backup, restored beside", lambda: backup_and_restore(project))
    step("the client's address is in the access log", lambda: address_is_logged(project))
    step(f"at rest for {arguments.rest} s", lambda: at_rest(project, arguments.rest))
    print(f"{memory(project)}\n\n{table(outcomes)}\n", flush=True)
    return any(outcome.is_bad() for outcome in outcomes)


SECONDS = 10


def can_start(revision: str) -> bool:
    """Whether a version has the script by which it is started."""
    asked = ["git", "cat-file", "-e", f"{revision}:deploy/upgrade"]
    return subprocess.run(asked, cwd=ROOT, capture_output=True, check=False).returncode == 0


def no_secret_is_shown(project: Site) -> str:
    shown = json.dumps(project.containers())
    names = [path.name for path in (project.folder / "secrets").iterdir() if path.read_text().strip()]
    found = [name for name in names if (project.folder / "secrets" / name).read_text().strip() in shown]
    if found:
        raise Failed(f"`docker inspect` shows {', '.join(found)}")
    return f"{len(names)} secrets, {len(project.containers())} containers"


def prepare(project: Site) -> Load:
    """People, ground truth and a phase; what submits to it."""
    context = trusted(project)
    admin, stella = (Visitor(project.port, context) for _ in range(2))
    project.manage("seed_lid2020")
    step("ground truth from a folder", lambda: people.pack_from_folder(project))
    project.compose("stop", "mail")
    step("the first organiser", lambda: people.organiser(project, admin))
    project.compose("start", "mail")
    step("ground truth by the admin's pages", lambda: people.pack_by_admin(project, admin))
    said = project.manage("shell", "--verbosity", "0", text=(HERE / "inside.py").read_text())
    made = json.loads(said.strip().splitlines()[-1])
    step("a stranger", lambda: people.stranger(project, stella, made["phases"]["segmentation"]))
    archive = people.predictions("localization")
    return Load(project, stella, made["phases"]["localization"], archive, itertools.cycle(made["tokens"]))


def three_workers(project: Site) -> None:
    project.compose("up", "-d", "--wait", "--scale", "worker=3", "worker")
    with (project.folder / ".env").open("a") as settings:  # so that the upgrade leaves them there
        settings.write("WORKERS=3\n")


def harmed(load: Load, arguments: argparse.Namespace) -> list[Outcome]:
    faults = {name: fault for name, fault in all_faults().items() if not arguments.only or name in arguments.only}
    outcomes = {name: Outcome(name) for name in faults}
    for name in list(faults) * arguments.rounds:
        step(name, lambda name=name: run_round(load, outcomes[name], faults[name]))  # type: ignore[misc]
    return list(outcomes.values())


def down_and_up(load: Load) -> str:
    before = load.rows()
    load.project.compose("down")
    load.project.compose("up", "-d", "--wait")
    need(load.browser.get("/tracks/localization/check/leaderboard/"), 200)
    if load.rows() != before or load.judge()["lost"]:
        raise Failed(f"{before} submissions before, {load.rows()} after")
    return f"all {before} submissions are there"


def backup_and_restore(project: Site) -> str:
    project.run("deploy/backup", "backups")
    (made,) = (project.folder / "backups").iterdir()
    project.run("deploy/restore", "--check", made)
    return f"{sum(path.stat().st_size for path in made.iterdir()) / 1e6:.1f} MB"


def address_is_logged(project: Site) -> str:
    Visitor(project.port, trusted(project)).get("/readyz")
    lines = [line for line in project.compose("logs", "--no-log-prefix", "web").splitlines() if "/readyz" in line]
    caddy = next(each for each in project.containers() if "caddy" in each["Name"])
    own = {network["IPAddress"] for network in caddy["NetworkSettings"]["Networks"].values()}
    address = lines[-1].split()[0] if lines else "-"
    if address in own | {"-"}:
        raise Failed(f"the access log has {address}, and Caddy is {own}")
    return address


if __name__ == "__main__":
    sys.exit(main())
