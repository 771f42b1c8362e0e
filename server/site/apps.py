"""The app's name."""

from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "server.site"
    label = "site"
    verbose_name = "pages"
