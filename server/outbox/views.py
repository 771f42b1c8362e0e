"""Page with a person's e-mail preferences."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache

from server.outbox import services
from server.outbox.forms import EmailPreferencesForm


@never_cache
@login_required
def preferences(request: HttpRequest) -> HttpResponse:
    form = EmailPreferencesForm(request.POST or None, initial={"kinds": services.chosen(request.user)})
    if form.is_valid():
        services.choose(user=request.user, **form.cleaned_data)
        messages.success(request, "Your e-mail preferences were saved.")
        return redirect("outbox:preferences")
    return render(request, "outbox/preferences.html", {"form": form})
