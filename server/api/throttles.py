"""Rate limits of the API. Rates are in the settings; counts are in the cache that all processes share."""

import logging
import math
from typing import TYPE_CHECKING

from django.db import DatabaseError
from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.throttling import AnonRateThrottle, SimpleRateThrottle, UserRateThrottle

if TYPE_CHECKING:  # this module is named by a setting that rest_framework.views reads
    from rest_framework.views import APIView

log = logging.getLogger(__name__)

CACHE_UNAVAILABLE = (DatabaseError, RedisError)
REFUSED_PER_ACCEPTED = 5


class AllowWithoutCache(SimpleRateThrottle):
    """Throttle that allows every request while the cache is unavailable, so that no deadline is missed."""

    def allow_request(self, request: Request, view: "APIView") -> bool:
        try:
            return super().allow_request(request, view)
        except CACHE_UNAVAILABLE as error:
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
    """Limits the submissions of a person that were accepted: one counts once it was, see `count`."""

    num_requests: int
    duration: int  # seconds
    scope = "submit"
    detail = "The API accepts {limit} submissions an hour from one person. Refused ones do not count."

    def __init__(self) -> None:
        super().__init__()
        self.key: str | None = None
        self.history: list[float] = []  # when those that count were made, the newest first
        self.now = self.timer()

    @property
    def remaining(self) -> int:
        return max(0, self.num_requests - len(self.history))

    @property
    def reset(self) -> int:
        """Return the seconds until the oldest no longer counts."""
        return math.ceil(self.duration - (self.now - self.history[-1])) if self.history else 0

    def get_cache_key(self, request: Request, view: "APIView") -> str | None:
        return super().get_cache_key(request, view) if request.method == "POST" else None

    def throttle_success(self) -> bool:
        return True

    def wait(self) -> float:
        """Return the seconds until another is accepted; several that came at once may have exceeded the limit."""
        return self.duration - (self.now - self.history[self.num_requests - 1])

    def count(self) -> None:
        """Count this request, at its end: an upload takes time, and others may have ended meanwhile."""
        if self.key is None:
            return
        try:
            self.now = self.timer()
            counted = self.cache.get(self.key, [])
            self.history = [self.now, *(at for at in counted if at > self.now - self.duration)]
            self.cache.set(self.key, self.history, self.duration)
        except CACHE_UNAVAILABLE as error:
            log.warning("a submission is not counted, the cache is unavailable: %s", error)


class RefusedThrottle(SubmissionThrottle):
    """Limits the refused submissions of a person, more generously."""

    detail = "The API answers {limit} refused submissions an hour from one person."
    cache_format = "throttle_refused_%(scope)s_%(ident)s"

    def __init__(self) -> None:
        super().__init__()
        if self.num_requests:  # none: no limit is set
            self.num_requests *= REFUSED_PER_ACCEPTED
