"""Alarms: what is wrong with the server, since when, and when it was over."""

from django.db import models
from django.db.models import Q
from django.utils import timezone


class AlarmQuerySet(models.QuerySet["Alarm"]):
    def lasting(self) -> "AlarmQuerySet":
        return self.filter(over_at=None)


class Alarm(models.Model):
    """One cause of alarm from its beginning to its end. While it lasts, no second one has the same cause."""

    cause = models.CharField(max_length=150, help_text="Names what is wrong, such as “disk DATA_DIR”.")
    title = models.CharField(max_length=200)
    text = models.TextField(help_text="What is wrong now, and what to do.")
    since = models.DateTimeField(default=timezone.now)
    mailed_at = models.DateTimeField(null=True, help_text="The last mail about it; empty: none was sent.")
    over_at = models.DateTimeField(null=True)

    objects = AlarmQuerySet.as_manager()

    class Meta:
        ordering = ["-since", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["cause"],
                condition=Q(over_at=None),
                name="one_alarm_of_a_cause",
                violation_error_message="There is an alarm of this cause already.",
            ),
        ]
        indexes = [models.Index(fields=["cause", "mailed_at"], name="alarm_last_mailed")]

    def __str__(self) -> str:
        return self.title
