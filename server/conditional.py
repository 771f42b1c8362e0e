"""Answers that a client need not get twice."""

from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response


def unless_known(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """The response, which has an ETag, or 304 where the client has it."""
    return get_conditional_response(request, etag=response["ETag"], response=response) or response
