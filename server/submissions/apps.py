"""App configuration: lets team locks follow their phases, and tells what settings mean for teams."""

from django.apps import AppConfig


class SubmissionsConfig(AppConfig):
    name = "server.submissions"
    label = "submissions"

    def ready(self) -> None:
        from server.submissions.effects import effects_on_teams  # noqa: PLC0415  (needs the models)
        from server.submissions.lock_ends import follow_phases  # noqa: PLC0415
        from server.teams.team_locks import locks_read  # noqa: PLC0415
        from server.tracks.effects import settings_change  # noqa: PLC0415

        locks_read.connect(follow_phases)
        settings_change.connect(effects_on_teams)
