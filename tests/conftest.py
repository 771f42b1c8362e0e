"""Loads the shared fixtures where Django is installed; the tests of evaluator and repo also run without it."""

from xdist_scheduling import pytest_collection_modifyitems, pytest_xdist_make_scheduler, silence_other_wakeups  # noqa: F401  (found here)


def pytest_ignore_collect(collection_path, config):
    """Import no file in vain where nothing but the tests of both set-ups is asked for."""
    in_vain = config.option.markexpr == "both_setups" and collection_path.match("test_*.py")
    return True if in_vain and "both_setups" not in collection_path.read_text() else None


def pytest_configure(config):
    if config.pluginmanager.hasplugin("django"):
        config.pluginmanager.import_plugin("tests.fixtures")
        silence_other_wakeups()
