"""The organisers' desk."""

from django.apps import AppConfig, apps


class DeskConfig(AppConfig):
    name = "server.desk"

    def ready(self) -> None:
        """Two apps would be called "Accounts" in the admin, and one "MFA"."""
        for label in ("accounts", "account", "mfa"):
            apps.get_app_config(label).verbose_name = "People"
