"""App configuration: lets team locks follow their phases."""

from django.apps import AppConfig


class SubmissionsConfig(AppConfig):
    name = "server.submissions"
    label = "submissions"

    def ready(self) -> None:
        from server.submissions.lock_ends import follow_phases  # noqa: PLC0415  (needs the models)
        from server.teams.team_locks import locks_read  # noqa: PLC0415

        locks_read.connect(follow_phases)
