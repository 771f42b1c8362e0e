"""Loads the shared fixtures where Django is installed; the tests of evaluator and repo also run without it."""

from xdist_scheduling import pytest_collection_modifyitems, pytest_xdist_make_scheduler, silence_other_wakeups  # noqa: F401  (found here)


def pytest_configure(config):
    if config.pluginmanager.hasplugin("django"):
        config.pluginmanager.import_plugin("tests.fixtures")
        silence_other_wakeups()
