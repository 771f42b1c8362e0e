"""Erasure of persons, and what is stored about them."""

from django.apps import AppConfig


class ErasureConfig(AppConfig):
    name = "server.erasure"
