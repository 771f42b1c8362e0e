"""What happens to tokens, sessions and the second step of a log-in."""

import time
from datetime import timedelta

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from server.accounts.models import ApiToken, User
from server.audit.services import record

TOTP_MISSING = (
    "Organisers need two-step log-in here, and yours is not set up. Log in on the site, where you are led "
    "through it. Until then nothing else opens to you, and your API tokens are refused."
)
LOGGED_IN_AT = "logged_in_at"


def make_token(*, user: User, label: str, scope: str, days: int | None) -> tuple[ApiToken, str]:
    """Make a token; the second value is its secret, which cannot be had again."""
    secret = ApiToken.new_secret()
    token = ApiToken.objects.create(
        user=user,
        label=label,
        scope=scope,
        digest=ApiToken.digest_of(secret),
        expires_at=timezone.now() + timedelta(days=days) if days else None,
    )
    return token, secret


def revoke_token(token: ApiToken) -> None:
    """End a token; saying it twice changes nothing."""
    ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now())


def note_use(token: ApiToken) -> None:
    """Remember when a token was last used, to the minute: not a write per request."""
    now = timezone.now()
    if token.last_used_at is None or now - token.last_used_at > timedelta(minutes=1):
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)


def revoke_tokens(user: User) -> int:
    """End all of a person's tokens; returns how many there were."""
    return user.tokens.filter(revoked_at=None).update(revoked_at=timezone.now())


def note_log_in(request: HttpRequest, **_: object) -> None:
    """Remember when a session began."""
    request.session[LOGGED_IN_AT] = time.time()


def session_length(user: User) -> timedelta:
    """How long after its log-in a session ends; an organiser's sooner."""
    return min(settings.STAFF_SESSION, settings.SESSION) if user.is_staff else settings.SESSION


def is_too_old(session: SessionBase, user: User) -> bool:
    """Whether a session's time is over; one from before this was counted begins now."""
    return time.time() - session.setdefault(LOGGED_IN_AT, time.time()) >= session_length(user).total_seconds()


def end_other_sessions(request: HttpRequest) -> None:
    """End all sessions of a person but the one of this request."""
    request.user.sessions_ended_at = timezone.now()
    request.user.save(update_fields=["sessions_ended_at"])
    update_session_auth_hash(request, request.user)


def has_totp(user: User) -> bool:
    return Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists()


def lacks_totp(user: User | AnonymousUser) -> bool:
    """Whether an organiser has yet to set up the second step that this server asks of them."""
    return settings.STAFF_NEED_TOTP and (user.is_staff or user.is_superuser) and not has_totp(user)


@transaction.atomic
def forget_totp(user: User) -> bool:
    """Take a lost second step away, its recovery codes too; False where there was none."""
    forgotten = Authenticator.objects.filter(user=user).delete()[0] > 0
    if forgotten:
        record(by="forget_totp", what="took a second step away", subject=user)
    return forgotten
