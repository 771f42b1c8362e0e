"""App configuration: registers the system checks and the log-in signal."""

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in


class AccountsConfig(AppConfig):
    name = "server.accounts"
    label = "accounts"

    def ready(self) -> None:
        from server import checks  # noqa: F401, PLC0415  (registers the checks)
        from server.accounts.services import note_log_in  # noqa: PLC0415  (needs the models)

        user_logged_in.connect(note_log_in)
