"""The app's name."""

from django.apps import AppConfig


class VerificationConfig(AppConfig):
    name = "server.verification"
