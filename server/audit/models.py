"""Audit log: an append-only table, enforced by database triggers."""

from django.conf import settings
from django.db import models
from django.utils import timezone


class AuditLogQuerySet(models.QuerySet["AuditLogEntry"]):
    def about(self, subject: models.Model) -> "AuditLogQuerySet":
        return self.filter(**name_of(subject))


class AuditLogEntry(models.Model):
    """One action of an organiser or a command. All of it is text, so that it outlives the row it is about.

    An account with entries cannot be deleted, only erased, which puts “former member 3” in the place of its name.
    """

    at = models.DateTimeField(default=timezone.now, editable=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="person",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Empty if a command or a worker did it.",
    )
    what = models.CharField(max_length=150)
    subject = models.CharField(max_length=300)
    app = models.CharField(max_length=50)
    model = models.CharField(max_length=50)
    key = models.CharField(max_length=50)
    changes = models.JSONField(default=dict, help_text="Field: [from, to].")
    reason = models.TextField(blank=True)

    objects = AuditLogQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "audit log entries"
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["app", "model", "key"], name="audit_log_entries_about")]

    def __str__(self) -> str:
        return f"{self.what}: {self.subject}"


class PublicLogQuerySet(models.QuerySet["PublicLogEntry"]):
    def about_track(self, slugs: list[str]) -> "PublicLogQuerySet":
        """Those about the track with one of these slugs, present or past, and those about all tracks."""
        return self.filter(track__in=["", *slugs])


class PublicLogEntry(models.Model):
    """A line of the public log. All of it is text; it names no person."""

    at = models.DateTimeField(default=timezone.now, editable=False)
    text = models.CharField(max_length=1000)
    about = models.CharField(max_length=200, blank=True, help_text="The phase or track in words; empty for all.")
    track = models.SlugField(blank=True, help_text="Whose board links to it; empty for all tracks.")
    url = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", help_text="Not public."
    )

    objects = PublicLogQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "public log"
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["track", "at"], name="public_log_of_track")]

    def __str__(self) -> str:
        return self.text


class OpenErasure(models.Model):
    """Exists only within the transaction of an erasure; the triggers of `append_only` look for it."""

    def __str__(self) -> str:
        return "an erasure"


def name_of(subject: models.Model) -> dict[str, str]:
    """Return the fields that identify a row in the audit log, also after its deletion; a proxy by its model."""
    concrete = subject._meta.concrete_model or type(subject)
    app, model = concrete._meta.label_lower.split(".")
    return {"app": app, "model": model, "key": str(subject.pk)}
