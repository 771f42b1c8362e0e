"""Pytest plugin of `make unit`: leaves out what is slow or asks for a database, a browser or servers."""

from pathlib import Path

import pytest

NEEDS = {"db", "transactional_db", "django_db_setup", "live_server"}  # fixtures
MARKS = ("both_setups", "browser", "django_db", "slow")
FOLDERS = {"api", "browser", "client", "faults", "worker"}  # all of which do, and take long to import


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    return True if collection_path.name in FOLDERS else None


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    config.hook.pytest_deselected(items=[item for item in items if not is_unit(item)])
    items[:] = [item for item in items if is_unit(item)]


def is_unit(item: pytest.Item) -> bool:
    fixtures = set(getattr(item, "fixturenames", ()))
    return not fixtures & NEEDS and not any(item.get_closest_marker(mark) for mark in MARKS)
