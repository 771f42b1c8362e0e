"""Services for API tokens, sessions and two-step log-in."""

import time
from datetime import timedelta
from uuid import UUID

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac

from server.accounts.models import ApiToken, ErasedAddress, User
from server.accounts.requests import AuthenticatedRequest
from server.audit.services import record

TOTP_MISSING = (
    "Organisers need two-step log-in on this server, and yours is not set up. Log in on the site to set it up. "
    "Until then you can open no other page, and your API tokens are refused."
)
LOGGED_IN_AT = "logged_in_at"


def make_token(*, user: User, label: str, scope: str, days: int | None) -> tuple[ApiToken, str]:
    """Create a token; return it with its secret, which cannot be retrieved later."""
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
    """Revoke a token; a second call changes nothing."""
    ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now())


def note_use(token: ApiToken) -> None:
    """Record when a token was last used, to the minute: not a write per request."""
    now = timezone.now()
    if token.last_used_at is None or now - token.last_used_at > timedelta(minutes=1):
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)


def revoke_tokens(user: User) -> int:
    """Revoke all tokens of a person; return how many were active."""
    return user.tokens.filter(revoked_at=None).update(revoked_at=timezone.now())


def note_log_in(request: HttpRequest, **_: object) -> None:
    """Record when a session began."""
    request.session[LOGGED_IN_AT] = time.time()


def session_length(user: User) -> timedelta:
    """Return how long a session lasts after the log-in; shorter for organisers."""
    return min(settings.STAFF_SESSION, settings.SESSION) if user.is_staff else settings.SESSION


def is_too_old(session: SessionBase, user: User) -> bool:
    """Whether a session has expired; one without a log-in time begins now."""
    began: float = session.setdefault(LOGGED_IN_AT, time.time())
    return time.time() - began >= session_length(user).total_seconds()


def end_other_sessions(request: AuthenticatedRequest) -> None:
    """End all sessions of a person except the one of this request."""
    request.user.sessions_ended_at = timezone.now()
    request.user.save(update_fields=["sessions_ended_at"])
    update_session_auth_hash(request, request.user)


def has_totp(user: User) -> bool:
    return bool(Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists())


def lacks_totp(user: User | AnonymousUser) -> bool:
    """Whether this is an organiser who still has to set up two-step log-in."""
    return settings.STAFF_NEED_TOTP and (user.is_staff or user.is_superuser) and not has_totp(user)


def note_former_address(instance: EmailAddress, **_: object) -> None:
    """Receiver of `post_delete`: an erasure has to find the address wherever it was written."""
    if instance.verified and (owner := User.objects.filter(pk=instance.user_id).first()):
        note_former(owner, instance.email)


def note_former(user: User, name_or_address: str) -> None:
    """Keep a former name or address of a person until the account is erased."""
    known = [*user.known_as, name_or_address]
    User.objects.filter(pk=user.pk, erased_as=None).update(known_as=list(dict.fromkeys(known)))


def digests_of(address: str) -> list[str]:
    """Return the keyed hashes of an address, the one by the present key first."""
    keys, lower = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS], address.lower()
    return [salted_hmac("erased address", lower, secret=key, algorithm="sha256").hexdigest() for key in keys]


def erased_accounts_of(user: User) -> list[UUID]:
    """Return the erased accounts that had one of this person's verified addresses, while their locks hold."""
    verified = EmailAddress.objects.filter(user=user, verified=True).values_list("email", flat=True)
    digests = [digest for address in verified for digest in digests_of(address)]
    return list(ErasedAddress.objects.filter(digest__in=digests).values_list("user_id", flat=True))


@transaction.atomic
def forget_totp(user: User) -> bool:
    """Turn off two-step log-in and delete its recovery codes; False where it was not set up."""
    deleted: bool = Authenticator.objects.filter(user=user).delete()[0] > 0
    if deleted:
        record(by="forget_totp", what="turned off two-step log-in", subject=user)
    return deleted


@transaction.atomic
def verify_address(user: User) -> bool:
    """Take an account's address as verified, without a mail; False where it was verified already."""
    verified, is_new = EmailAddress.objects.select_for_update().get_or_create(
        user=user, email=user.email, defaults={"verified": True, "primary": True}
    )
    if verified.verified and not is_new:
        return False
    EmailAddress.objects.filter(pk=verified.pk).update(verified=True)
    record(by="verify_address", what="took the address as verified", subject=user)
    return True
