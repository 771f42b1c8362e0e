"""The alarms of the server."""

from django.apps import AppConfig


class AlarmsConfig(AppConfig):
    name = "server.alarms"
