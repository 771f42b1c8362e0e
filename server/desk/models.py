"""Heartbeats of workers, the lease of the watch, the last check of files, and what was put away from the desk."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from server.leases import LeasedModel, LeaseQuerySet

FORGOTTEN_AFTER = timedelta(days=1)


class WorkerHeartbeatQuerySet(models.QuerySet["WorkerHeartbeat"]):
    def alive(self) -> "WorkerHeartbeatQuerySet":
        return self.filter(stopped_at=None, seen_at__gt=Now() - settings.ALARM_AFTER)

    def silent(self) -> "WorkerHeartbeatQuerySet":
        """Workers that were lost within a day: they neither report nor were they stopped."""
        lately = self.filter(stopped_at=None, seen_at__gt=Now() - FORGOTTEN_AFTER)
        return lately.filter(seen_at__lte=Now() - settings.ALARM_AFTER)


class WorkerHeartbeat(models.Model):
    """A worker, as it last reported. The row of a worker with the same name that was started again is its own."""

    name = models.CharField(max_length=150, unique=True)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField(default=timezone.now)
    stopped_at = models.DateTimeField(null=True, help_text="Set when it was told to stop.")
    volumes = models.JSONField(default=dict, help_text="Folder -> free bytes, as the worker sees them.")

    objects = WorkerHeartbeatQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class WatchQuerySet(LeaseQuerySet["Watch"]):
    pass


class Watch(LeasedModel):
    """The one row that processes claim to look for causes of alarm: one at a time looks, as often as it is due."""

    looked_at = models.DateTimeField(null=True)

    objects = WatchQuerySet.as_manager()

    def __str__(self) -> str:
        return "the watch"


class PutAway(models.Model):
    """Something on the desk that an organiser has decided to leave as it is."""

    key = models.CharField(max_length=200, unique=True, help_text="Names the thing on the desk.")
    text = models.CharField(max_length=300)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-at"]

    def __str__(self) -> str:
        return self.text


class FileCheck(models.Model):
    """The one row with what the last `sweep --hashes` found."""

    at = models.DateTimeField(default=timezone.now)
    files = models.PositiveIntegerField(default=0)
    size = models.PositiveBigIntegerField(default=0, help_text="Bytes that were read.")
    losses = models.JSONField(default=list, help_text="Files that are missing or damaged, in words.")
    unseen = models.JSONField(default=list, help_text="Folders whose volume it did not see.")

    def __str__(self) -> str:
        return f"{self.files} files"
