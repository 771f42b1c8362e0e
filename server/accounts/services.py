"""What happens to tokens."""

from datetime import timedelta

from django.utils import timezone

from server.accounts.models import ApiToken, User


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
