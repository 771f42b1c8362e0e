"""manage.py demo: the server with generated data, on this machine only."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from leaderboard.intervals.job import find_changes
from leaderboard.models import IntervalJob
from server.accounts.models import User
from server.outbox.services import OPTIONAL_KINDS, choose
from server.site import demo_data
from server.submissions.method import Method
from server.submissions.models import Evaluation, State
from server.submissions.services import submit
from server.teams.models import Team
from server.teams.services import create_team
from server.tracks.lid2020 import seed
from server.tracks.management.commands.install_ground_truth import install
from server.tracks.models import Phase, Track
from server.tracks.services import publish
from server.uploads import received

IMAGES = 80  # enough that some teams are significantly different
SPECKS = 12  # wrong pixels of each map: methods that were made apart have no equal map

# team name, affiliation, skill: the higher, the better the scores
TEAMS = [
    ("northern-lights", "University of Tromsø", 0.93),
    ("pixelwise", "Politecnico di Torino", 0.92),
    ("weak-but-willing", "Institute for Imperfect Data and Learning from Very Little Supervision", 0.8),
    ("CAMpfire", "", 0.79),
    ("seedlings", "Universidad de Chile", 0.78),
    ("Größenwahn & Söhne", "TU Wien", 0.57),
    ("point-taken", "University of Cape Town", 0.45),
    ("last-minute", "", 0.3),
]
CAPTAIN, ORGANISER = "captain@demo.example", "organiser@demo.example"


class Command(BaseCommand):
    help = "Run the server with a rehearsal phase per track, generated data and scored teams. Ctrl-C stops it."
    requires_system_checks = ()  # they run later, with the demo's own settings

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--data-dir", type=Path, default=settings.BASE_DIR / "var" / "demo")
        parser.add_argument("--prepare-only", action="store_true", help="fill the database, score, and exit")

    def handle(self, *, port: int, data_dir: Path, prepare_only: bool, **_: object) -> None:
        if data_dir.resolve() != settings.DATA_DIR:
            _restart_with_own_settings(data_dir.resolve(), _free_port(port))
        self.check()
        began = time.monotonic()
        call_command("migrate", verbosity=0)
        password = secrets.token_urlsafe(9)
        with _running(
            "-W", "ignore", "-m", "celery", "-A", "server", "--quiet", "worker", "--loglevel", "warning"
        ) as worker:
            self._rehearse(password)
            self._wait_for_scores(worker)
            self._wait_for_intervals(worker)
            choose(user=User.objects.get(email=CAPTAIN), kinds=OPTIONAL_KINDS)
            if prepare_only:
                return
            with _running(*_web(port)) as web:
                _wait_for_port(port, web)
                self._welcome(port, password, time.monotonic() - began)
                _until_one_ends(worker, web)

    def _rehearse(self, password: str) -> None:
        self.stdout.write("Preparing the demo: ground truth, teams, submissions …")
        tracks = seed()
        phases = [_rehearsal_phase(track) for track in tracks]
        teams = [_team(*fields) for fields in TEAMS]
        for email, name, staff in ((CAPTAIN, "Captain Demo", False), (ORGANISER, "Organiser Demo", True)):
            _person(email, name, password, staff=staff)
        for phase in phases:
            if phase.published_rule() is None:
                truth = _install_ground_truths(phase.track)
                _submit_all(phase, teams, truth)

    def _wait_for_scores(self, worker: subprocess.Popen[bytes]) -> None:
        ours = Evaluation.objects.filter(submission__phase__slug="rehearsal")
        total = ours.count()
        while waiting := ours.filter(state__in=[State.QUEUED, State.RUNNING]).count():
            self.stdout.write(f"\rThe worker scores: {total - waiting} of {total} ", ending="")
            self.stdout.flush()
            if worker.poll() is not None:
                raise CommandError("The worker ended; see its output above.")
            time.sleep(0.5)
        self.stdout.write(f"\rThe worker scored {total} submissions.      ")

    def _wait_for_intervals(self, worker: subprocess.Popen[bytes]) -> None:
        self.stdout.write("The worker computes confidence intervals …")
        find_changes()
        while IntervalJob.objects.stale().exists() and worker.poll() is None:
            time.sleep(0.5)

    def _welcome(self, port: int, password: str, seconds: float) -> None:
        self.stdout.write(
            f"\nReady after {seconds:.0f} s:  http://127.0.0.1:{port}/\n\n"
            f"  captain with slots left   {CAPTAIN}     {password}\n"
            f"  organiser                 {ORGANISER}   {password}\n\n"
            f"The organisers' desk is at http://127.0.0.1:{port}/organisers/\n"
            "E-mails (such as links to verify an address) are printed here. Ctrl-C stops the demo.\n"
        )


def _restart_with_own_settings(data_dir: Path, port: int) -> None:
    """Run the command again with the demo's own settings, so that no real challenge is changed."""
    data_dir.mkdir(parents=True, exist_ok=True)
    own = {
        "DATA_DIR": str(data_dir),
        "GROUND_TRUTH_DIR": str(data_dir / "ground_truth"),
        "GROUND_TRUTH_DRAFTS_DIR": str(data_dir / "drafts"),
        "DATABASE_URL": f"sqlite:///{data_dir / 'lid.sqlite3'}",
        "CACHE_URL": "dbcache://cache",
        "CELERY_BROKER_URL": "memory://localhost/",
        "EMAIL_URL": "consolemail://",
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
        "SITE_URL": f"http://127.0.0.1:{port}",
        "DISK_RESERVE_MB": "0",
        "DISK_RESERVE_PERCENT": "0",
        "SWEEP_SECONDS": "0.5",
        "INTERVALS_AFTER_SECONDS": "1",
    }
    arguments = [*sys.argv, "--port", str(port), "--data-dir", str(data_dir)]
    os.execve(sys.executable, [sys.executable, *arguments], {**os.environ, **own})  # noqa: S606


def _rehearsal_phase(track: Track) -> Phase:
    """Create or update a phase that opened last week and closes in three days."""
    now = timezone.now().replace(minute=0, second=0, microsecond=0)
    dates = {"opens_at": now - timedelta(days=7), "closes_at": now + timedelta(days=3)}
    fields = {"title": "Rehearsal", "split": "test", "limit": 5, "per": Phase.Per.PHASE, **dates}
    fields["details"] = Phase.Details.AT_ONCE  # so that results per class are visible
    return Phase.objects.update_or_create(track=track, slug="rehearsal", defaults=fields)[0]


def _person(email: str, name: str, password: str, *, staff: bool = False) -> User:
    user = User.objects.filter(email=email).first() or User.objects.create_user(email, name=name)
    user.is_staff = staff
    user.set_password(password)
    user.save()
    EmailAddress.objects.get_or_create(user=user, email=email, defaults={"verified": True, "primary": True})
    return user


def _team(name: str, affiliation: str, skill: float) -> tuple[Team, float]:
    team = Team.objects.filter(name=name).first()
    if team is None:
        number = [fields[0] for fields in TEAMS].index(name)
        email = CAPTAIN if number == 2 else f"captain{number}@demo.example"
        captain = _person(email, f"Captain of {name}", secrets.token_urlsafe(20))
        choose(user=captain, kinds=[])  # or all its e-mails would be printed
        team = create_team(user=captain, name=name, affiliation=affiliation)
    return team, skill


def _install_ground_truths(track: Track) -> demo_data.Split:
    """Install both splits with the real packer; return the test split."""
    for split, seed_number in (("val", 1), ("test", 2)):
        truth = demo_data.ground_truth(track.slug, IMAGES, seed_number + 10 * track.number)
        with TemporaryDirectory() as folder:
            truth.write(Path(folder) / "truth")
            publish(install(track, split, Path(folder) / "truth", {}))
    return truth


def _submit_all(phase: Phase, teams: list[tuple[Team, float]], truth: demo_data.Split) -> None:
    for number, (team, skill) in enumerate(teams):
        if number == 2:
            _submit(phase, team, demo_data.colour_mistake(truth), "colour pictures by mistake")
        if number % 3 == 0:
            _submit(phase, team, demo_data.submission(truth, skill - 0.12, number, SPECKS), "first try")
        _submit(phase, team, demo_data.submission(truth, skill, number, SPECKS), "ensemble of two")


def _submit(phase: Phase, team: Team, content: bytes, method: str) -> None:
    captain = team.memberships.get(role="captain").user
    description = Method(name=method, parameters=25_600_000, rules_kept=True)
    with received(content) as archive:
        submit(team=team, phase=phase, user=captain, archive=archive, method=description, began_at=timezone.now())


@contextmanager
def _running(*arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """Start a process and stop it afterwards."""
    process = subprocess.Popen([sys.executable, *arguments], cwd=settings.BASE_DIR, start_new_session=True)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


def _web(port: int) -> list[str]:
    return [
        *("-m", "gunicorn", "server.wsgi", "--bind", f"127.0.0.1:{port}"),
        *("--timeout", "120", "--log-level", "warning"),
    ]


def _free_port(wanted: int) -> int:
    for port in range(wanted, wanted + 20):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port
    raise CommandError(f"No free port from {wanted} to {wanted + 19}; name another with --port.")


def _wait_for_port(port: int, web: subprocess.Popen[bytes]) -> None:
    while web.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise CommandError("The web server ended; see its output above.")


def _until_one_ends(*processes: subprocess.Popen[bytes]) -> None:
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        while all(process.poll() is None for process in processes):
            time.sleep(0.5)
    except KeyboardInterrupt:
        return
    raise CommandError("A part of the demo stopped unexpectedly; see its output above.")
