"""Loads the cast wherever Django is: the evaluator's and the house's tests also run without it."""

from at_once import have_hints_of_our_own, pytest_collection_modifyitems, pytest_xdist_make_scheduler  # noqa: F401  (found here)


def pytest_configure(config):
    if config.pluginmanager.hasplugin("django"):
        config.pluginmanager.import_plugin("tests.fixtures")
        have_hints_of_our_own()
