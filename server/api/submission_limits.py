"""View mixin that limits submissions: those that were accepted, and more generously those that were refused."""

from typing import Any

from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from server.api.throttles import RefusedThrottle, SubmissionThrottle


class SubmissionLimits(APIView):
    """Says what is left in RateLimit-Limit, RateLimit-Remaining and RateLimit-Reset of each response to a POST."""

    accepted: SubmissionThrottle | None = None
    refused: RefusedThrottle | None = None

    def check_throttles(self, request: Request) -> None:
        super().check_throttles(request)
        if request.method != "POST":
            return
        self.accepted, refused = SubmissionThrottle(), RefusedThrottle()
        for throttle in (self.accepted, refused):
            if not throttle.allow_request(request, self):
                raise Throttled(throttle.wait(), throttle.detail.format(limit=throttle.num_requests))
        self.refused = refused

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        answer: Response = super().finalize_response(request, response, *args, **kwargs)
        if self.accepted and self.refused:
            (self.accepted if answer.status_code == 201 else self.refused).count()
        if self.accepted and self.accepted.key:
            answer["RateLimit-Limit"] = str(self.accepted.num_requests)
            answer["RateLimit-Remaining"] = str(self.accepted.remaining)
            answer["RateLimit-Reset"] = str(self.accepted.reset)
        return answer
