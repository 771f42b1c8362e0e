"""The organisers' desk: what is to be done, on one page."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from server.accounts.decorators import organiser_page
from server.accounts.requests import AuthenticatedRequest


@organiser_page
@require_safe
def desk(request: AuthenticatedRequest) -> HttpResponse:
    return render(request, "desk/desk.html")
