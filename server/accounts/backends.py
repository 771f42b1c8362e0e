"""Authentication backend that gives organisers permissions for the challenge's apps, and none for accounts."""

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.models import AnonymousUser
from django.db.models import Model
from django.http import HttpRequest

from server.accounts.models import User

ORGANISED_APPS = {"teams", "tracks", "submissions", "outbox", "leaderboard", "audit", "rescores", "verification"}


class OrganiserBackend(BaseBackend):
    """Gives staff every permission of the challenge's own apps; the admin classes restrict them further."""

    def authenticate(self, request: HttpRequest | None, **credentials: object) -> None:
        return None

    def has_perm(self, user_obj: User | AnonymousUser, perm: str, obj: Model | None = None) -> bool:
        return self.has_module_perms(user_obj, perm.partition(".")[0])

    def has_module_perms(self, user_obj: User | AnonymousUser, app_label: str) -> bool:
        return user_obj.is_active and user_obj.is_staff and app_label in ORGANISED_APPS
