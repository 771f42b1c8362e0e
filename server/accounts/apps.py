"""App configuration: registers the system checks, a lookup and the log-in signal."""

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in
from django.db.models.signals import post_delete


class AccountsConfig(AppConfig):
    name = "server.accounts"
    label = "accounts"

    def ready(self) -> None:
        from allauth.account.models import EmailAddress  # noqa: PLC0415

        from server import checks, large_numbers, setting_checks  # noqa: F401, PLC0415  (registers checks, a lookup)
        from server.accounts.services import note_former_address, note_log_in  # noqa: PLC0415  (needs the models)

        user_logged_in.connect(note_log_in)
        post_delete.connect(note_former_address, sender=EmailAddress)
