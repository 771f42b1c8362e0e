"""What organisers decided: rows that are only ever added, which triggers of the database hold."""

from django.conf import settings
from django.db import models
from django.utils import timezone


class AuditLogQuerySet(models.QuerySet["AuditLogEntry"]):
    def about(self, subject: models.Model) -> "AuditLogQuerySet":
        return self.filter(**name_of(subject))


class AuditLogEntry(models.Model):
    """One act of an organiser, as it was then. Everything in it is text, so that it outlives what it speaks of.

    An account that decided something cannot be deleted, only made inactive: to forget its name here would be to
    change the record.
    """

    at = models.DateTimeField(default=timezone.now, editable=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="person",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Empty where a command or a worker did it.",
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


def name_of(subject: models.Model) -> dict[str, str]:
    """What a row is known by in the record, also when it is gone; a proxy by its real model."""
    meta = subject._meta.concrete_model._meta
    return {"app": meta.app_label, "model": meta.model_name, "key": str(subject.pk)}
