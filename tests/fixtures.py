"""Fixtures of all tests that need Django: people, teams, a phase that is open now, and real processes."""

import os
from contextlib import ExitStack
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.db import connection, transaction
from django.db.backends.base.operations import BaseDatabaseOperations
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from whitenoise.middleware import WhiteNoiseMiddleware

from evaluator.contract import scorers
from leaderboard.cache.cache import board_cache
from server.accounts.models import User
from server.submissions.method import Method
from server.submissions.services import submit
from server.teams import services as teams
from server.tracks.lid2020 import seed
from server.tracks.models import Phase
from server.uploads import received
from tests import processes
from tests.ground_truths import Truths, distinct
from tests.migrated_once import test_database
from tests.preloaded import QUICK_ITERATIONS
from tests.processes import Process, Worker, site_of

PASSWORD = "seven imperfect days"
WITHOUT_DJANGO = {"evaluator", "house"}
SHOWN = pytest.StashKey[list]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Show what the processes of a failed test printed."""
    report = yield
    if report.failed:
        report.sections += [(f"Output of {process}", process.output()) for process in item.stash.get(SHOWN, [])]
    return report


# Database and files


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings, tmp_path_factory):
    """An SQLite database of this run's own, so that runs side by side do not meet."""
    if connection.vendor == "sqlite":
        type(
            connection.ops
        ).execute_sql_flush = flush_the_record_too  # playwright's loop has a connection of its own
        connection.settings_dict["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "test.sqlite3")


@pytest.fixture(scope="session")
def folder_of_run(tmp_path_factory) -> Path:
    """One folder of all processes that test at once."""
    folder = tmp_path_factory.getbasetemp()
    return folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment, django_db_modify_db_settings, django_db_blocker, folder_of_run):
    """The test database, in place of pytest-django's, which would run the migrations in each process."""
    with ExitStack() as ends:
        with django_db_blocker.unblock():
            ends.enter_context(test_database(folder_of_run))
        yield
        with django_db_blocker.unblock():
            ends.close()


def flush_the_record_too(operations: BaseDatabaseOperations, statements: list[str]) -> None:
    """Empty all tables between tests: SQLite does it by DELETE, which the triggers of records refuse."""
    of_records = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%_no_delete'"
    with transaction.atomic(), operations.connection.cursor() as cursor:
        cursor.execute(of_records)
        triggers = dict(cursor.fetchall())
        dropped = [f"DROP TRIGGER {name}" for name in triggers]
        for statement in [*dropped, *statements, *triggers.values()]:
            cursor.execute(statement)


@pytest.fixture(autouse=True)
def folders(request) -> Path | None:
    """A data folder of the test's own, laid out as DATA_DIR is; nothing for tests that run without Django."""
    if WITHOUT_DJANGO & set(request.path.parts):
        return None
    board_cache.clear()  # another test is another database
    settings, data = request.getfixturevalue("settings"), request.getfixturevalue("tmp_path") / "data"
    for name, value in folder_settings(data).items():
        setattr(settings, name, value)
    settings.PUBLIC_DIR.mkdir(parents=True)
    settings.STATIC_ROOT = settings.PUBLIC_DIR  # whitenoise warns of a folder that is not there
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": str(data)}
    }
    return data


def folder_settings(data: Path) -> dict[str, Path]:
    return {
        "DATA_DIR": data,
        "ARCHIVES_DIR": data / "archives",
        "PUBLIC_DIR": data / "public",
        "GROUND_TRUTH_DIR": data / "ground_truth",
        "GROUND_TRUTH_DRAFTS_DIR": data / "drafts",
        "WORK_DIR": data / "work",
        "STATISTICS_DIR": data / "statistics",
        "RESCORES_DIR": data / "rescores",
        "CASES_DIR": data / "cases",
        "PAPER_PACKS_DIR": data / "paper_packs",
    }


@pytest.fixture
def stored_files(folders, settings):
    """The files of archives now on the volume, kept and incoming."""
    return lambda: sorted(path for path in settings.ARCHIVES_DIR.rglob("*") if path.is_file())


@pytest.fixture(scope="session", autouse=True)
def described_scorers():
    """Ask the evaluator once, as a web server does before its first request; no test waits for it."""
    scorers()


@pytest.fixture(scope="session", autouse=True)
def static_files_found_once():
    """Every browser of the tests has a handler of its own; only the first one searches for the static files."""
    search, found = WhiteNoiseMiddleware.add_files_from_finders, {}

    def add_files(whitenoise: WhiteNoiseMiddleware) -> None:
        if not found:
            search(whitenoise)
            found.update(whitenoise.files)
        whitenoise.files.update(found)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoiseMiddleware, "add_files_from_finders", add_files)
        yield


# People


@pytest.fixture(scope="session", autouse=True)
def quick_hashes():
    """Passwords hashed in no time, here and in the processes of tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PBKDF2PasswordHasher, "iterations", QUICK_ITERATIONS)
        yield


@pytest.fixture
def person(db):
    """Make a person with a verified address: `person("Alice")` is alice@example.org; PASSWORD lets them in."""

    def make(name: str, **facts) -> User:
        email = f"{name.lower()}@example.org"
        user = User.objects.create_user(email, PASSWORD, name=name, **facts)
        EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
        return User.objects.get(pk=user.pk)

    return make


@pytest.fixture
def alice(person):
    """Captain of the team “alices” of the University of A."""
    user = person("Alice")
    teams.create_team(user=user, name="alices", affiliation="University of A")
    return user


@pytest.fixture
def bob(person, alice):
    """A member of the alices."""
    user = person("Bob")
    teams.join(user=user, invitation=teams.invite(captain=alice))
    return user


@pytest.fixture
def charlie(person):
    """Captain of the rival team “charlies”."""
    user = person("Charlie")
    teams.create_team(user=user, name="charlies", affiliation="")
    return user


@pytest.fixture
def dora(person):
    """In no team."""
    return person("Dora")


@pytest.fixture
def erin(person, alice, submitted):
    """A member of the alices when they submitted, who left afterwards."""
    user = person("Erin")
    teams.join(user=user, invitation=teams.invite(captain=alice))
    submitted(alice)
    teams.leave(user=user)
    return user


@pytest.fixture
def organiser(person):
    return person("Olga", is_staff=True)


@pytest.fixture
def admin(person):
    return person("Ada", is_staff=True, is_superuser=True)


@pytest.fixture
def client_of():
    """A browser of its own: `client_of()`."""
    return Client


@pytest.fixture
def logged_in(client_of):
    """A person's own browser, logged in by the form: `logged_in(alice)`."""

    def log_in(user: User) -> Client:
        client = client_of()
        client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
        assert client.session["_auth_user_id"] == str(user.pk)
        return client

    return log_in


@pytest.fixture
def alices(alice):
    return teams.team_of(alice)


@pytest.fixture
def charlies(charlie):
    return teams.team_of(charlie)


# The challenge


@pytest.fixture
def tracks(db):
    """The three tracks of LID 2020 by their slugs."""
    return {track.slug: track for track in seed()}


@pytest.fixture(scope="session")
def truths(folder_of_run, django_db_setup, django_db_blocker):
    """Generated ground truths, each packed once by the real packer."""
    folder = folder_of_run / "truths"
    folder.mkdir(exist_ok=True)
    return Truths(folder, django_db_blocker)


@pytest.fixture
def install_truth(truths, tracks):
    """Publish a rule with generated ground truth: `install_truth("localization", split="test", images=12)`."""

    def install(slug: str, split: str = "test", images: int = 12):
        return truths.install(tracks[slug], split, images)

    return install


@pytest.fixture
def open_phase(tracks):
    """A phase that opened an hour ago and closes tomorrow, with 5 slots, whose rule may still be missing."""

    def make(track: str = "segmentation", **facts) -> Phase:
        now = timezone.now()
        dates = {"opens_at": now - timedelta(hours=1), "closes_at": now + timedelta(days=1)}
        own = {"slug": "now", "title": "Now", "split": "test", "limit": 5, **dates}
        return Phase.objects.create(track=tracks[track], **(own | facts))

    return make


@pytest.fixture
def truth(install_truth):
    """The installed ground truth of the segmentation track's test split, to make archives from."""
    return install_truth("segmentation")


@pytest.fixture
def phase(open_phase, truth):
    """Segmentation, open now, 5 slots in the whole phase, ready to score."""
    return open_phase()


@pytest.fixture
def good_zip(truth):
    """The bytes of a fair prediction."""
    return truth.guessed(0.8)


@pytest.fixture
def submitted(phase, good_zip):
    """Submit an archive: `submitted(alice)`, with `content=`, `phase=`, `method=`, `began_at=` at will."""

    def do(user: User, **wishes):
        wishes = {"content": distinct(good_zip), "phase": phase, "method": "", "began_at": timezone.now()} | wishes
        said = {"name": wishes.pop("method"), "parameters": 25_600_000, "rules_kept": True}
        method = Method(**(said | wishes.pop("said", {})))
        with received(wishes.pop("content")) as archive:
            return submit(team=teams.team_of(user), user=user, archive=archive, method=method, **wishes)

    return do


# Real processes. Their database is the test's, so the test needs django_db(transaction=True).


@pytest.fixture
def shown(request, transactional_db):
    """Stop a process after the test, and show its output where the test failed."""
    with ExitStack() as ends:

        def show(process: Process) -> Process:
            request.node.stash.setdefault(SHOWN, []).append(process)
            ends.callback(process.stop)
            return process

        yield show


@pytest.fixture
def start_worker(folders, tmp_path, shown):
    """Start Celery workers of the test's own: `start_worker(SWEEP_SECONDS=60)`; all are ended afterwards."""
    numbers = count()

    def start(**variables: object) -> Worker:
        environment = processes.environment(folders, **variables)
        return shown(Worker(tmp_path, environment, number=next(numbers))).started()

    return start


@pytest.fixture
def worker(start_worker):
    """One Celery worker that sweeps every 0.3 s with leases of 3 s."""
    return start_worker()


@pytest.fixture
def web(folders, tmp_path, shown):
    """A gunicorn of the test's own: `web.url`, and the mails it sent in `web.mails()`."""
    return shown(site_of(folders, tmp_path)).started()
