"""App configuration: lets team locks follow their phases, and warns where one is reopened."""

from django.apps import AppConfig


class SubmissionsConfig(AppConfig):
    name = "server.submissions"
    label = "submissions"

    def ready(self) -> None:
        from server.submissions.lock_ends import (  # noqa: PLC0415  (needs the models)
            follow_phases,
            warn_of_moved_members,
        )
        from server.teams.team_locks import locks_read  # noqa: PLC0415
        from server.tracks.services import phase_changed  # noqa: PLC0415

        locks_read.connect(follow_phases)
        phase_changed.connect(warn_of_moved_members)
