"""Organisers' decisions about teams and rows."""

from django.apps import AppConfig


class DecisionsConfig(AppConfig):
    name = "server.decisions"
