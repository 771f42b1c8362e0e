"""How often a caller may ask. Rates stand in the settings and count in the cache that all processes share."""

import logging

from django.db import DatabaseError
from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.throttling import AnonRateThrottle, UserRateThrottle

log = logging.getLogger(__name__)


class CacheMayBeAway:
    """Lets everyone through while nobody can count: a lost cache must not cost a team its deadline."""

    def allow_request(self, request: Request, view: object) -> bool:
        try:
            return super().allow_request(request, view)
        except (DatabaseError, RedisError) as error:
            log.warning("requests are not counted, the cache is away: %s", error)
            return True


class AnonymousThrottle(CacheMayBeAway, AnonRateThrottle):
    """Calls without a token, by address."""

    scope = "visitor"


class UserThrottle(CacheMayBeAway, UserRateThrottle):
    """Calls with a token, by its owner, however many tokens there are."""

    scope = "person"

    def get_cache_key(self, request: Request, view: object) -> str | None:
        return super().get_cache_key(request, view) if request.user.is_authenticated else None


class SubmissionThrottle(UserThrottle):
    """Submissions by the same person."""

    scope = "submit"

    def get_cache_key(self, request: Request, view: object) -> str | None:
        return super().get_cache_key(request, view) if request.method == "POST" else None
