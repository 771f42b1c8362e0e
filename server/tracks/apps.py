"""App configuration: registers the system check of scoring rules."""

from django.apps import AppConfig


class TracksConfig(AppConfig):
    name = "server.tracks"
    label = "tracks"

    def ready(self) -> None:
        from server.tracks import checks  # noqa: F401, PLC0415  (needs the models)
