"""The app's name."""

from django.apps import AppConfig


class RescoresConfig(AppConfig):
    name = "server.rescores"
    label = "rescores"
    verbose_name = "re-scores"
