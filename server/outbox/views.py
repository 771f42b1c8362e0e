"""Page with a person's e-mail preferences."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache

from server.accounts.requests import AuthenticatedRequest
from server.outbox import services
from server.outbox.forms import EmailPreferencesForm


@never_cache
@login_required
def preferences(request: AuthenticatedRequest) -> HttpResponse:
    form = EmailPreferencesForm(request.POST or None, initial={"kinds": services.chosen(request.user)})
    if form.is_valid():
        services.choose(user=request.user, **form.cleaned_data)
        messages.success(request, "Your e-mail preferences were saved.")
        return redirect("outbox:preferences")
    return render(request, "outbox/preferences.html", {"form": form})
