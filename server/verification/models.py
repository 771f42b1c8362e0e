"""Verification cases: a team is asked for the code behind a row, and an organiser says whether it holds."""

import uuid
from pathlib import Path

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from leaderboard.models import Review
from server.leases import LeasedModel, LeaseQuerySet
from server.submissions.models import Submission

REASON_LENGTH = 500


class CaseState(models.TextChoices):
    REQUESTED = "requested", "requested"
    RECEIVED = "received", "received"
    RUNNING = "running", "being run"
    REPRODUCED = "reproduced", "reproduced"
    ACCEPTED = "accepted", "accepted"
    REJECTED = "rejected", "rejected"
    CALLED_OFF = "called_off", "called off"


OPEN = (CaseState.REQUESTED, CaseState.RECEIVED, CaseState.RUNNING, CaseState.REPRODUCED)
CLOSED = (CaseState.ACCEPTED, CaseState.REJECTED, CaseState.CALLED_OFF)
# All allowed transitions: from a state to these.
TRANSITIONS: dict[str, tuple[str, ...]] = {
    CaseState.REQUESTED: (CaseState.RECEIVED, CaseState.REJECTED, CaseState.CALLED_OFF),
    CaseState.RECEIVED: (CaseState.REQUESTED, CaseState.RUNNING, CaseState.REPRODUCED, *CLOSED),
    CaseState.RUNNING: (CaseState.REQUESTED, CaseState.REPRODUCED, *CLOSED),
    CaseState.REPRODUCED: (CaseState.REQUESTED, CaseState.RUNNING, *CLOSED),
    **dict.fromkeys(CLOSED, OPEN),  # reopened: back to where it was
}


class CaseQuerySet(models.QuerySet["VerificationCase"]):
    def open(self) -> "CaseQuerySet":
        return self.filter(state__in=OPEN)

    def in_force(self) -> "CaseQuerySet":
        """All but those that were called off, after which another may be opened."""
        return self.exclude(state=CaseState.CALLED_OFF)

    def with_rows(self) -> "CaseQuerySet":
        return self.select_related("submission__team", "submission__phase__track")


class VerificationCase(models.Model):
    """One submission whose team is asked for its code, with all that came of it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="verification_cases")
    state = models.CharField(max_length=10, choices=CaseState, default=CaseState.REQUESTED)
    asked_for = models.TextField(max_length=4000, help_text="What the team is to send.")
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    opened_at = models.DateTimeField(default=timezone.now)
    asked_at = models.DateTimeField(default=timezone.now, help_text="When the team was last told the due date.")
    due_at = models.DateTimeField()

    code_url = models.URLField(blank=True, max_length=500)
    commit = models.CharField(max_length=64, blank=True)
    parameters = models.PositiveBigIntegerField(null=True, help_text="As the team counted them for the case.")

    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    reason = models.CharField(max_length=REASON_LENGTH, blank=True, help_text="Of the verdict.")
    before = models.CharField(
        max_length=10, choices=CaseState, blank=True, help_text="The state before it closed."
    )
    review = models.ForeignKey(
        Review, null=True, on_delete=models.PROTECT, related_name="+", help_text="What the verdict wrote."
    )
    delete_files_at = models.DateTimeField(null=True, help_text="When its files are deleted.")

    objects = CaseQuerySet.as_manager()

    class Meta:
        ordering = ["-opened_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["submission"],
                condition=~Q(state="called_off"),
                name="one_case_per_submission",
                violation_error_message="This submission has a verification case already.",
            ),
            models.CheckConstraint(
                condition=Q(state__in=CaseState.values),
                name="case_state_known",
                violation_error_message="There is no such state of a verification case.",
            ),
            models.CheckConstraint(
                condition=Q(state__in=OPEN, closed_at=None) | (Q(state__in=CLOSED) & ~Q(closed_at=None)),
                name="closed_cases_say_when",
                violation_error_message="A verification case has a time of its end exactly while it is closed.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.submission.team} in {self.submission.phase}"

    def get_absolute_url(self) -> str:
        """The team's page."""
        return reverse("cases:case", args=[self.pk])

    @property
    def organisers_url(self) -> str:
        return reverse("verification:case", args=[self.pk])

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def files_are_gone(self) -> bool:
        return self.delete_files_at is not None and self.delete_files_at <= timezone.now()

    @property
    def is_overdue(self) -> bool:
        return self.state == CaseState.REQUESTED and self.due_at <= timezone.now()


class CaseFileQuerySet(LeaseQuerySet["CaseFile"]):
    def kept(self) -> "CaseFileQuerySet":
        return self.filter(deleted_at=None)

    def to_examine(self) -> "CaseFileQuerySet":
        """Those that a worker may count or compare now."""
        examined = [CaseFile.Kind.WEIGHTS, CaseFile.Kind.PREDICTIONS]
        return self.kept().unclaimed().filter(kind__in=examined, outcome__isnull=True)


class CaseFile(LeasedModel):
    """A file of a case, stored as it came: never unpacked, and sent to organisers only.

    As a row of a queue it waits for a worker that counts the parameters of weights, or compares predictions.
    """

    class Kind(models.TextChoices):
        CODE = "code", "code archive"
        WEIGHTS = "weights", "weights"
        PREDICTIONS = "predictions", "reproduced predictions"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(VerificationCase, on_delete=models.PROTECT, related_name="files")
    kind = models.CharField(max_length=11, choices=Kind)
    name = models.CharField(max_length=200, help_text="As its sender named it.")
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    sent_at = models.DateTimeField(default=timezone.now)
    deleted_at = models.DateTimeField(null=True)
    outcome = models.JSONField(null=True, help_text="What a worker found in it.")
    last_error = models.TextField(blank=True, help_text="Why it could not be examined.")

    objects = CaseFileQuerySet.as_manager()

    class Meta:
        ordering = ["sent_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "kind", "sha256"],
                condition=Q(deleted_at=None),
                name="case_file_once",
                violation_error_message="The case has this file already.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.name}"

    @property
    def path(self) -> Path:
        return settings.CASES_DIR / str(self.pk)


class CaseMessage(models.Model):
    """A message in a case, to the other side. Never changed."""

    case = models.ForeignKey(VerificationCase, on_delete=models.PROTECT, related_name="messages")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    from_team = models.BooleanField()
    at = models.DateTimeField(default=timezone.now)
    text = models.TextField(max_length=4000)
    key = models.CharField(max_length=64, help_text="Of the form: one that is sent twice writes once.")

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "key"],
                name="case_message_once",
                violation_error_message="This message was sent already.",
            ),
        ]

    def __str__(self) -> str:
        return f"message in {self.case}"
