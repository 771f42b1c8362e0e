"""Announcements of the organisers: drafts, which can be edited, and sent ones, which never change."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone

from server.teams.models import Team
from server.tracks.models import Phase, Track

SUBJECT_LENGTH, TEXT_LENGTH = 150, 10_000  # characters


class AnnouncementQuerySet(models.QuerySet["Announcement"]):
    def drafts(self) -> "AnnouncementQuerySet":
        return self.filter(sent_at=None)

    def sent(self) -> "AnnouncementQuerySet":
        return self.exclude(sent_at=None)

    def public(self) -> "AnnouncementQuerySet":
        """Those on the public page."""
        return self.sent().filter(on_site=True)

    def on_banner(self) -> "AnnouncementQuerySet":
        """Those that stand above every page now, the newest first."""
        return self.public().filter(banner_until__gt=Now())


class Announcement(models.Model):
    """A text to teams, composed once. Recipients are computed when it is sent; see `audience.py`."""

    subject = models.CharField(max_length=SUBJECT_LENGTH)
    text = models.TextField(max_length=TEXT_LENGTH, help_text="Markdown.")

    tracks = models.ManyToManyField(Track, blank=True, related_name="+")
    phases = models.ManyToManyField(Phase, blank=True, related_name="+")
    teams = models.ManyToManyField(Team, blank=True, related_name="+")
    has_submitted = models.BooleanField(default=False)
    has_slots_left = models.BooleanField(default=False)
    important = models.BooleanField(default=False, help_text="Also to those who opted out of announcements.")

    on_site = models.BooleanField(default=False, help_text="Also on the public announcements page and its feed.")
    banner_until = models.DateTimeField(null=True, blank=True, help_text="Above every page until then.")

    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )
    sent_at = models.DateTimeField(null=True, editable=False)
    sent_to = models.CharField(max_length=1000, blank=True, editable=False, help_text="The recipients in words.")
    people_count = models.PositiveIntegerField(null=True, editable=False)
    team_count = models.PositiveIntegerField(null=True, editable=False)

    objects = AnnouncementQuerySet.as_manager()

    class Meta:
        ordering = ["-sent_at", "-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(subject="") & ~Q(text=""), name="announcement_says_something"),
            models.CheckConstraint(
                condition=Q(banner_until=None) | Q(on_site=True), name="announcement_on_banner_is_on_site"
            ),
        ]

    def __str__(self) -> str:
        return self.subject

    def get_absolute_url(self) -> str:
        return reverse("public_announcements:one", args=[self.pk])
