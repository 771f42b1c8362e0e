"""The app's name."""

from django.apps import AppConfig


class TracksConfig(AppConfig):
    name = "server.tracks"
    label = "tracks"
