"""Slots of teams, which are their quota history, and slots that organisers granted."""

from django.conf import settings
from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from server.submissions.models.evaluation import Evaluation, State
from server.submissions.models.submission import Submission
from server.teams.models import Team
from server.tracks.models import Phase


class SlotQuerySet(models.QuerySet["Slot"]):
    def with_state(self) -> "SlotQuerySet":
        """Annotate slots with their `state`: returned, used (scored), or reserved (queued or being scored)."""
        scored = Evaluation.objects.filter(submission=OuterRef("submission"), state=State.SCORED)
        state = Case(
            When(returned_at__isnull=False, then=Value("returned")),
            When(Exists(scored), then=Value("used")),
            default=Value("reserved"),
        )
        return self.annotate(state=state)

    def with_limit(self) -> "SlotQuerySet":
        """Annotate slots with the `limit` of their team in their quota window: the quota and grants."""
        same_window = SlotGrant.objects.filter(
            team=OuterRef("team"), phase=OuterRef("phase"), window=OuterRef("window")
        ).order_by()
        granted = Subquery(same_window.values("window").annotate(extra=Sum("extra")).values("extra"))
        return self.annotate(limit=F("phase__limit") + Coalesce(granted, 0))


class Slot(models.Model):
    """One of a team's numbered slots for a phase; its rows are the quota history."""

    phase = models.ForeignKey(Phase, on_delete=models.PROTECT, related_name="slots")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="slots")
    window = models.CharField(max_length=10)
    number = models.PositiveSmallIntegerField()
    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="slots")
    taken_at = models.DateTimeField(default=timezone.now)
    returned_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=200, blank=True)

    NUMBER_UNIQUE = "slot_number_unique"

    state: str  # of rows `with_state`
    limit: int  # of rows `with_limit`

    objects = SlotQuerySet.as_manager()

    class Meta:
        ordering = ["-taken_at", "-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["team", "phase", "window", "number"],
                condition=Q(returned_at=None),
                name="slot_number_unique",
                violation_error_message="The team has taken this slot already.",
            ),
            models.UniqueConstraint(
                fields=["submission"],
                condition=Q(returned_at=None),
                name="one_slot_per_submission",
                violation_error_message="This submission has a slot already.",
            ),
        ]

    def __str__(self) -> str:
        return f"slot {self.number} of {self.phase}"


class SlotGrant(models.Model):
    """Extra slots that an organiser granted a team, with the reason that the quota history shows."""

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="grants")
    phase = models.ForeignKey(Phase, on_delete=models.PROTECT, related_name="grants")
    window = models.CharField(max_length=10)
    extra = models.PositiveSmallIntegerField(default=1)
    reason = models.CharField(max_length=200)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(extra__range=(1, 20)),
                name="grant_adds_1_to_20_slots",
                violation_error_message="Grant 1 to 20 slots at a time. A grant cannot be undone.",
            ),
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="grants_have_a_reason",
                violation_error_message="Give the reason for the slots. The team’s quota history shows it.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.extra} more for {self.team} in {self.phase}"
