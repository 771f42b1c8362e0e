"""Loads the cast wherever Django is: the evaluator's and the house's tests also run without it."""


def pytest_configure(config):
    if config.pluginmanager.hasplugin("django"):
        config.pluginmanager.import_plugin("tests.cast")
