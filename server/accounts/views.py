"""The account page: name, addresses, tokens."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from server.accounts import services
from server.accounts.forms import ProfileForm, TokenForm


@never_cache
@login_required
def profile(request: HttpRequest) -> HttpResponse:
    form = ProfileForm(request.POST or None, instance=request.user)
    if form.is_valid():
        form.save()
        messages.success(request, "Your name was saved.")
        return redirect("accounts:profile")
    return _account_page(request, form=form)


@never_cache
@login_required
@require_POST
def make_token(request: HttpRequest) -> HttpResponse:
    form = TokenForm(request.POST)
    if not form.is_valid():
        return _account_page(request, token_form=form)
    _, secret = services.make_token(user=request.user, **form.cleaned_data)
    return _account_page(request, secret=secret)


@login_required
@require_POST
def revoke_token(request: HttpRequest, token: str) -> HttpResponse:
    services.revoke_token(get_object_or_404(request.user.tokens, pk=token))
    messages.success(request, "The token is revoked; programs that use it are refused from now on.")
    return redirect("accounts:profile")


def _account_page(request: HttpRequest, **shown: object) -> HttpResponse:
    defaults = {"form": ProfileForm(instance=request.user), "token_form": TokenForm(), "secret": None}
    tokens = request.user.tokens.filter(revoked_at=None)
    return render(request, "accounts/profile.html", {**defaults, "tokens": tokens, **shown})
