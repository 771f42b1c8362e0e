"""Rate limits of the API. Rates are in the settings; counts are in the cache that all processes share."""

import logging
from typing import TYPE_CHECKING

from django.db import DatabaseError
from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.throttling import AnonRateThrottle, SimpleRateThrottle, UserRateThrottle

if TYPE_CHECKING:  # this module is named by a setting that rest_framework.views reads
    from rest_framework.views import APIView

log = logging.getLogger(__name__)


class AllowWithoutCache(SimpleRateThrottle):
    """Throttle that allows every request while the cache is unavailable, so that no deadline is missed."""

    def allow_request(self, request: Request, view: "APIView") -> bool:
        try:
            return super().allow_request(request, view)
        except (DatabaseError, RedisError) as error:
            log.warning("requests are not counted, the cache is unavailable: %s", error)
            return True


class AnonymousThrottle(AllowWithoutCache, AnonRateThrottle):
    """Limits requests without a token, by IP address."""

    scope = "visitor"


class UserThrottle(AllowWithoutCache, UserRateThrottle):
    """Limits requests with a token, by its owner, however many tokens they have."""

    scope = "person"

    def get_cache_key(self, request: Request, view: "APIView") -> str | None:
        return super().get_cache_key(request, view) if request.user.is_authenticated else None


class SubmissionThrottle(UserThrottle):
    """Limits submissions by person."""

    scope = "submit"

    def get_cache_key(self, request: Request, view: "APIView") -> str | None:
        return super().get_cache_key(request, view) if request.method == "POST" else None
