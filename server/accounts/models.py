"""Accounts, identified by e-mail address, and their API tokens."""

import hashlib
import secrets
import uuid
from collections.abc import Iterator
from datetime import datetime
from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone

from server.accounts.addresses import check_deliverable
from server.accounts.passwords import normalised
from server.audit.services import record

NAME_LENGTH = 100  # characters


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: object) -> "User":
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    @transaction.atomic
    def create_superuser(self, email: str, password: str | None = None, **fields: object) -> "User":
        user = self.create_user(email, password, is_staff=True, is_superuser=True, **fields)
        flags = {"is_staff": ["", "yes"], "is_superuser": ["", "yes"]}
        record(by="createsuperuser", what="added an account", subject=user, changes=flags)
        return user


class User(AbstractBaseUser, PermissionsMixin):
    """A person. Staff are organisers; a superuser may also change accounts."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField("e-mail address", unique=True, validators=[check_deliverable])
    name = models.CharField(max_length=NAME_LENGTH, help_text="Shown to your team and to the organisers.")
    is_staff = models.BooleanField("organiser", default=False)
    is_active = models.BooleanField("active", default=True)
    date_joined = models.DateTimeField(default=timezone.now, editable=False)
    sessions_ended_at = models.DateTimeField(null=True, editable=False)
    known_as = models.JSONField(
        default=list, editable=False, help_text="Former names and addresses, so that an erasure finds them."
    )
    erased_as = models.PositiveIntegerField(
        null=True, editable=False, help_text="The number in “former member 3”."
    )
    NUMBER_UNIQUE = "one_number_per_erased_account"

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="one_account_per_address",
                violation_error_message="There is an account with this e-mail address already.",
            ),
            models.UniqueConstraint(
                fields=["erased_as"],
                name="one_number_per_erased_account",
                violation_error_message="Another erased account has this number.",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def get_short_name(self) -> str:
        return self.name

    def set_password(self, raw_password: str | None) -> None:
        super().set_password(raw_password and normalised(raw_password))

    def check_password(self, raw_password: str | None) -> bool:
        return super().check_password(raw_password and normalised(raw_password))

    def get_session_auth_hash(self) -> str:
        """Extend Django's hash: sessions end when the password changes or the person ends all others."""
        return f"{super().get_session_auth_hash()}{self.sessions_ended_at or ''}"

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        return (f"{old}{self.sessions_ended_at or ''}" for old in super().get_session_auth_fallback_hash())


class ErasedAddress(models.Model):
    """A keyed hash of an address of an erased account, kept while the account's team locks hold.

    With it, a new account with the same address is bound by them; the address itself cannot be computed from it.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="erased_addresses")
    digest = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"an address of {self.user}"


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def usable(self, at: datetime) -> "ApiTokenQuerySet":
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=at), revoked_at=None, user__is_active=True)

    def from_secret(self, secret: str) -> "ApiToken | None":
        """Return the usable token with this secret."""
        usable = self.usable(timezone.now()).select_related("user")
        return usable.filter(digest=ApiToken.digest_of(secret)).first()


class ApiToken(models.Model):
    """A program's key to the API. Only its SHA-256 is stored; the secret is shown once."""

    class Scope(models.TextChoices):
        READ = "read", "read only"
        SUBMIT = "submit", "read and submit"
        ADMIN = "admin", "read, submit and act as an organiser"

    PREFIX = "lid_"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    label = models.CharField(max_length=60)
    scope = models.CharField(max_length=10, choices=Scope, default=Scope.SUBMIT)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, editable=False)
    revoked_at = models.DateTimeField(null=True, editable=False)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.label

    @classmethod
    def new_secret(cls) -> str:
        return cls.PREFIX + secrets.token_urlsafe(32)

    @staticmethod
    def digest_of(secret: str) -> str:
        return hashlib.sha256(secret.encode()).hexdigest()
