"""Hosts of workers: whether each can score, or pauses until it can."""

from datetime import timedelta

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

LATEST_CHECK = timedelta(minutes=15)  # a host that checked itself longer ago may be switched off


class WorkerHostQuerySet(models.QuerySet["WorkerHost"]):
    def scoring_is_paused(self) -> bool:
        """Whether a host pauses and no other scores."""
        alive = self.filter(checked_at__gt=Now() - LATEST_CHECK)
        return self.paused().exists() and not alive.filter(paused_at=None).exists()

    def paused(self) -> "WorkerHostQuerySet":
        """Hosts that pause and still try: one that checked itself longer ago may be switched off."""
        return self.filter(checked_at__gt=Now() - LATEST_CHECK).exclude(paused_at=None)


class WorkerHost(models.Model):
    """A host whose workers score. While it pauses, it claims one evaluation now and then, to see if it can."""

    name = models.CharField(max_length=100, unique=True)
    failed_teams = models.JSONField(default=list, help_text="Teams whose evaluations failed since one did not.")
    paused_at = models.DateTimeField(null=True)
    tries = models.PositiveIntegerField(default=0, help_text="Since it paused.")
    next_try = models.DateTimeField(default=timezone.now, help_text="While it pauses.")
    checked_at = models.DateTimeField(default=timezone.now, help_text="The last self check.")
    last_error = models.TextField(blank=True)

    objects = WorkerHostQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name
