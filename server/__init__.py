"""Django project: people, tracks, submissions and the pages around them."""

from server.celery import app as celery_app

__all__ = ["celery_app"]
