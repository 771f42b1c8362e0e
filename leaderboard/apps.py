"""App configuration: tells what a phase's settings mean for its board."""

from django.apps import AppConfig


class LeaderboardConfig(AppConfig):
    name = "leaderboard"
    label = "leaderboard"

    def ready(self) -> None:
        from leaderboard.effects import effects_on_board  # noqa: PLC0415  (needs the models)
        from server.tracks.effects import settings_change  # noqa: PLC0415

        settings_change.connect(effects_on_board)
