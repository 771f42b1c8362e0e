"""Loads the cast wherever Django is: the evaluator's and the house's tests also run without it."""

import os

FREE_IN_REDIS = 2  # the number of the first of its databases that is neither broker nor cache


def pytest_configure(config):
    if config.pluginmanager.hasplugin("django"):
        config.pluginmanager.import_plugin("tests.cast")
        have_hints_of_our_own(os.environ.get("PYTEST_XDIST_WORKER"))


def have_hints_of_our_own(name: str | None) -> None:
    """Of several processes that run tests at once, each has a broker of its own, as it has a database."""
    from django.conf import settings  # noqa: PLC0415  (only now is it known to be there)

    if name and not settings.EMBEDDED:
        number = FREE_IN_REDIS + int(name.removeprefix("gw"))
        own = f"{settings.CELERY_BROKER_URL}?virtual_host={number}"
        settings.CELERY_BROKER_URL = os.environ["CELERY_BROKER_URL"] = own  # Celery asks the environment first
