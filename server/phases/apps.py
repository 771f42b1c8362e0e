"""The app's name."""

from django.apps import AppConfig


class PhasesConfig(AppConfig):
    name = "server.phases"
    label = "phases"
