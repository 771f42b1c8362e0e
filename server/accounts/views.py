"""Account page, and the pages that links in e-mails open."""

from datetime import timedelta

from allauth.account import views as allauth
from allauth.account.models import EmailAddress
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from server.accounts import new_token, services
from server.accounts.forms import ProfileForm, TokenForm
from server.accounts.limits import seconds_to_wait
from server.accounts.requests import AuthenticatedRequest
from server.post_only import post_only

ADDRESS_KEY, ADDRESS = "email_confirmation_key", "address"
RESET_KEY, NEW_PASSWORD = allauth.INTERNAL_RESET_SESSION_KEY, "set-password"  # both defined by allauth


def _section(name: str) -> str:
    return f"{reverse('accounts:profile')}#{name}"


@login_required
def profile(request: AuthenticatedRequest) -> HttpResponse:
    form = ProfileForm(request.POST or None, instance=request.user)
    if form.is_valid():
        form.save()
        messages.success(request, "Your name was saved.")
        return redirect("accounts:profile")
    secret = new_token.read(request) if request.method == "GET" else None
    answer = _account_page(request, form=form, secret=secret)
    if secret:
        new_token.forget(answer)
    return answer


@login_required
@post_only(lambda: _section("sessions"))
def end_sessions(request: AuthenticatedRequest) -> HttpResponse:
    services.end_other_sessions(request)
    messages.success(request, "All your other sessions have ended. You stay logged in here.")
    return redirect("accounts:profile")


@login_required
@post_only(lambda: _section("tokens"))
def make_token(request: AuthenticatedRequest) -> HttpResponse:
    form = TokenForm(request.POST, organiser=request.user.is_staff)
    if not form.is_valid():
        return _account_page(request, token_form=form)
    _, secret = services.make_token(user=request.user, **form.cleaned_data)
    answer = redirect(_section("tokens"))
    new_token.hand_over(answer, secret, request.user)
    return answer


@login_required
@post_only(lambda **_: _section("tokens"))
def revoke_token(request: AuthenticatedRequest, token: str) -> HttpResponse:
    services.revoke_token(get_object_or_404(request.user.tokens, pk=token))
    messages.success(request, "The token was revoked. Programs that use it are refused from now on.")
    return redirect("accounts:profile")


def _account_page(request: AuthenticatedRequest, **context: object) -> HttpResponse:
    defaults = {
        "form": ProfileForm(instance=request.user),
        "token_form": TokenForm(organiser=request.user.is_staff),
        "secret": None,
        "tokens": request.user.tokens.filter(revoked_at=None),
        "addresses": EmailAddress.objects.filter(user=request.user).order_by("-primary", "email"),
        "has_totp": services.has_totp(request.user),
        "session_days": services.session_length(request.user) / timedelta(days=1),
        "session_hours": services.session_length(request.user) / timedelta(hours=1),
    }
    return render(request, "accounts/profile.html", {**defaults, **context})


# A link in an e-mail carries a key. It is moved into the session, and the page has a URL without it. (A page that
# sends `no-referrer` instead could not post its form, which then lacks the origin that the CSRF check needs.)


def confirm_email(request: HttpRequest, key: str) -> HttpResponseBase:
    if key != ADDRESS and request.method != "POST":
        return _move_key_to_session(request, ADDRESS_KEY, key, ADDRESS)
    stored = request.session.get(ADDRESS_KEY, "") if key == ADDRESS else key
    try:
        answer: HttpResponseBase = allauth.confirm_email(request, key=stored)
    except Http404:  # expired or sent twice: the page explains it
        return redirect(request.path)
    request.session[ADDRESS_KEY] = stored  # confirming may have ended another person's session
    return answer


def reset_from_key(request: HttpRequest, uidb36: str, key: str) -> HttpResponseBase:
    if key != NEW_PASSWORD:
        return _move_key_to_session(request, RESET_KEY, key, NEW_PASSWORD)
    answer: HttpResponseBase = allauth.password_reset_from_key(request, uidb36=uidb36, key=key)
    return answer


def _move_key_to_session(request: HttpRequest, name: str, key: str, placeholder: str) -> HttpResponse:
    request.session[name] = key
    answer = redirect(request.path.removesuffix(f"{key}/") + f"{placeholder}/")
    answer["Referrer-Policy"] = "no-referrer"
    return answer


def too_many_requests(request: HttpRequest) -> HttpResponse:
    """Return the 429 page of allauth's rate limits, with Retry-After."""
    seconds = seconds_to_wait(request)
    context = {"retry_after": seconds, "minutes": -(-seconds // 60) if seconds > 90 else None}
    answer = render(request, "429.html", context, status=429)
    answer["Retry-After"] = str(seconds)
    return answer
