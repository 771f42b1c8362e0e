"""Outbox of e-mails to send, what holds them, and the kinds of e-mail that people turned off."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Exists, Q
from django.db.models.functions import Now
from django.utils import timezone

from server.leases import LeasedModel, LeaseQuerySet

TRIES = 30  # the first six within an hour, then one an hour: about a day


class EmailKind(models.TextChoices):
    SCORED = "scored", "scored"
    REJECTED = "rejected", "rejected"
    FAILED = "failed", "failed"
    RESCORED = "rescored", "scored again"
    DEADLINE = "deadline", "deadline"
    INVITED = "invited", "invited"
    ALERT = "alert", "alert"
    ANNOUNCEMENT = "announcement", "announcement"
    IMPORTANT = "important", "important"


# Without alerts nobody would learn of a failure; important mails decide about a team or concern everybody.
ALWAYS_SENT = {EmailKind.ALERT, EmailKind.IMPORTANT}


class EmailHold(models.Model):
    """While its row exists, no mail of the outbox is sent: after a restore, until an organiser has looked."""

    since = models.DateTimeField(default=timezone.now)
    reason = models.CharField(max_length=200)

    def __str__(self) -> str:
        return self.reason


class OutboxEmailQuerySet(LeaseQuerySet["OutboxEmail"]):
    def waiting(self) -> "OutboxEmailQuerySet":
        """E-mails that are still to be sent: not sent yet, with tries left, and not outdated."""
        return self.filter(Q(until=None) | Q(until__gt=Now()), sent_at=None, tries__lt=TRIES)

    def due(self) -> "OutboxEmailQuerySet":
        """E-mails that may be sent now, the longest due first."""
        return self.waiting().unclaimed().exclude(Exists(EmailHold.objects.all())).order_by("not_before")


class OutboxEmail(LeasedModel):
    """One e-mail to one person, written in the transaction of the event it is about."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="outbox_emails"
    )
    address = models.EmailField(blank=True, help_text="The recipient, if it may be somebody without an account.")
    kind = models.CharField(max_length=12, choices=EmailKind)
    key = models.CharField(max_length=500, unique=True, help_text="Event and recipient: each e-mail is sent once.")
    subject = models.CharField(max_length=200)
    text = models.TextField()
    created_at = models.DateTimeField(default=timezone.now)
    until = models.DateTimeField(null=True, help_text="After this time it is no longer sent.")
    sent_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0, help_text="Number of claims.")
    last_error = models.CharField(max_length=500, blank=True, help_text="Why the last try failed.")

    objects = OutboxEmailQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=EmailKind.values),
                name="email_kind_known",
                violation_error_message="There is no such kind of e-mail.",
            ),
            models.CheckConstraint(
                condition=Q(user__isnull=False, address="") | (Q(user=None) & ~Q(address="")),
                name="email_to_user_or_address",
                violation_error_message="An e-mail goes either to an account or to an address.",
            ),
        ]
        indexes = [models.Index(fields=["not_before"], condition=Q(sent_at=None), name="emails_to_send")]

    def __str__(self) -> str:
        return self.subject

    @property
    def recipient(self) -> str:
        """The recipient's current address."""
        return self.user.email if self.user else self.address


class EmailOptOut(models.Model):
    """A kind of e-mail that a person turned off."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="email_opt_outs")
    kind = models.CharField(max_length=12, choices=EmailKind)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "kind"],
                name="email_opt_out_unique",
                violation_error_message="This kind of e-mail is switched off already.",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=EmailKind.values) & ~Q(kind__in=["alert", "important"]),
                name="always_sent_kinds_cannot_be_opted_out_of",
                violation_error_message="This kind of e-mail cannot be switched off.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}: no e-mail when {self.kind}"


class RelayedEmail(models.Model):
    """An e-mail that a person had sent to an address of their choice; kept for a day, for the limits."""

    sender = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    mailbox = models.EmailField()
    at = models.DateTimeField(default=timezone.now, db_index=True)

    def __str__(self) -> str:
        return f"{self.sender} to {self.mailbox}"
