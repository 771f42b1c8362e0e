"""Conditional responses: 304 where the client already has the answer."""

from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response


def unless_known(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Return the response, which has an ETag, or 304 where the client already has it."""
    return get_conditional_response(request, etag=response["ETag"], response=response) or response
