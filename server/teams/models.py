"""Teams and their members. Quotas and ranks are counted per team."""

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

NAME_LENGTH, AFFILIATION_LENGTH = 60, 120  # characters


class Team(models.Model):
    """One or more people who submit together."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField("team name", max_length=NAME_LENGTH, help_text="Shown on the leaderboards.")
    name_key = models.CharField(max_length=120, unique=True, editable=False)
    affiliation = models.CharField(
        max_length=AFFILIATION_LENGTH, blank=True, help_text="Shown below the team name."
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    renamed_at = models.DateTimeField(null=True, editable=False)
    archived_at = models.DateTimeField(
        null=True, editable=False, help_text="When its last member left; its submissions remain."
    )

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Alias(models.Model):
    """Pseudonym that a team uses on a board for a limited time; no other team may take the name meanwhile."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="aliases")
    used_in = models.CharField(max_length=60)
    key = models.CharField(max_length=120)
    until = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["team", "used_in"],
                name="one_alias_per_team_and_use",
                violation_error_message="The team has a pseudonym there already.",
            )
        ]


class Membership(models.Model):
    """A person's current membership: one per person, and one per numbered seat of a team."""

    class Role(models.TextChoices):
        CAPTAIN = "captain"
        MEMBER = "member"

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="membership")
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role, default=Role.MEMBER)
    seat = models.PositiveSmallIntegerField(editable=False)
    joined_at = models.DateTimeField(default=timezone.now, editable=False)

    SEAT_TAKEN_ONCE = "seat_taken_once"

    class Meta:
        ordering = ["joined_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["team", "seat"],
                name="seat_taken_once",
                violation_error_message="Another member has this seat of the team.",
            ),
            models.UniqueConstraint(
                fields=["team"],
                condition=Q(role="captain"),
                name="one_captain_per_team",
                violation_error_message="The team has a captain already.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.team}"


class PastMembership(models.Model):
    """A membership that ended: who was in which team, until when, and who ended it."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="past_memberships")
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="past_memberships")
    joined_at = models.DateTimeField()
    left_at = models.DateTimeField(default=timezone.now)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["-left_at"]

    def __str__(self) -> str:
        return f"{self.user} left {self.team}"


class TeamLock(models.Model):
    """A person's lock to a team: a submission to a test split locks all current members to the team.

    `until` and `what` are those of the submission; `team_locks.as_of_now` gives the present ones.

    While a lock is active the person cannot join another team; for the same phase and quota window (`key`) they
    cannot submit with one at all, unless an organiser ends the lock.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="team_locks")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="team_locks")
    key = models.CharField(max_length=60, help_text="The phase and its quota window.")
    what = models.CharField(max_length=160, help_text="The phase in words.")
    since = models.DateTimeField(default=timezone.now)
    until = models.DateTimeField(null=True, help_text="Null: until an organiser ends it.")
    ended_at = models.DateTimeField(null=True, editable=False, help_text="When an organiser ended it.")
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    reason = models.CharField(max_length=500, blank=True, help_text="Why an organiser ended it.")

    class Meta:
        ordering = ["since"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "key"],
                condition=Q(ended_at=None),
                name="one_team_per_person_and_key",
                violation_error_message="This person is locked to a team for this phase already.",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | ~Q(reason=""),
                name="team_locks_end_for_a_reason",
                violation_error_message="Give the reason why the team lock ends.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} for {self.team} in {self.what}"


def a_week_from_now() -> datetime:
    return timezone.now() + timedelta(days=7)


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def usable(self, at: datetime) -> "InvitationQuerySet":
        return self.filter(withdrawn_at=None, accepted_at=None, expires_at__gt=at)

    def withdraw(self) -> int:
        """Withdraw the invitations that are not withdrawn yet; return how many."""
        return self.filter(withdrawn_at=None).update(withdrawn_at=timezone.now())


class Invitation(models.Model):
    """An invitation to join a team until it expires or is withdrawn.

    With an address, only a person who has verified that address can use it, once. Without one, anybody who has the
    link can use it.
    """

    class Status(models.TextChoices):
        USABLE = "usable"
        EXPIRED = "expired"
        WITHDRAWN = "withdrawn"
        USED = "used"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField("e-mail address", blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(default=a_week_from_now)
    withdrawn_at = models.DateTimeField(null=True, editable=False)
    accepted_at = models.DateTimeField(null=True, editable=False, help_text="Set if it works only once.")

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"invitation to {self.team}"

    def get_absolute_url(self) -> str:
        return reverse("teams:join", args=[self.pk])

    @property
    def link(self) -> str:
        """The absolute URL, for the captain to send."""
        return settings.SITE_URL + self.get_absolute_url()

    @property
    def status(self) -> Status:
        if self.accepted_at:
            return self.Status.USED
        if self.withdrawn_at:
            return self.Status.WITHDRAWN
        return self.Status.USABLE if self.expires_at > timezone.now() else self.Status.EXPIRED

    @property
    def usable(self) -> bool:
        return self.status == self.Status.USABLE
