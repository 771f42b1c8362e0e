"""What keeps tests apart that run at once: who runs which, and hints of each process's own."""

import os

import pytest
from xdist.scheduler import LoadScopeScheduling

# They begin, since one that is left for the end runs alone: by how long they take, the longest first.
LONG = (
    "test_load.py",
    "test_frozen.py",
    "test_every_page.py",
    "test_mailing.py",
    "test_generated_clients.py",
    "test_fuzzed_api.py",
    "test_uploads.py",
    "test_rejections_leak_nothing.py",
)
FREE_IN_REDIS = 2  # the number of the first of its databases that is neither broker nor cache


class OneByOne(LoadScopeScheduling):
    """Whoever is free gets the next test; only the faults stay together, as they are one run, and begin."""

    # Not by xdist_group: pytest-xdist 3.8 does not heed that mark under pytest 9.2, and says nothing.
    def _split_scope(self, nodeid: str) -> str:
        return "faults" if "faults/" in nodeid else nodeid


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: LONG.index(item.path.name) if item.path.name in LONG else len(LONG))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    return OneByOne(config, log)


def silence_other_wakeups() -> None:
    """Of several processes that run tests at once, each has a broker of its own, as it has a database."""
    from django.conf import settings  # noqa: PLC0415  (only now is it known to be there)

    if not settings.EMBEDDED and (name := os.environ.get("PYTEST_XDIST_WORKER")):
        number = FREE_IN_REDIS + int(name.removeprefix("gw"))
        own = f"{settings.CELERY_BROKER_URL}?virtual_host={number}"
        settings.CELERY_BROKER_URL = os.environ["CELERY_BROKER_URL"] = own  # Celery asks the environment first
