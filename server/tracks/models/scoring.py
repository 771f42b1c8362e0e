"""Ground truth of tracks, which is a queue while it is packed, and scoring rules."""

import uuid
from functools import reduce
from operator import or_
from pathlib import Path

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from evaluator.contract import scorers
from server.leases import LeasedModel, LeaseQuerySet
from server.tracks.models.track import Split, Track

OUTDATED = (
    "{rule} is for version {version} of the scorer {scorer}, but this server's evaluator has {has}. Submissions "
    "wait in the queue: none of them fails, and no slot is lost. Publish the rule again for the present version: "
    "pack the same ground truth again with manage.py install_ground_truth. A rule that already has submissions "
    "can be replaced by a re-score only; until then, install the earlier version of the software to score them."
)


class GroundTruthQuerySet(LeaseQuerySet["GroundTruth"]):
    def waiting(self) -> "GroundTruthQuerySet":
        """Drafts that a worker may pack now: new ones, and those of a worker that was lost."""
        return self.unclaimed().filter(state__in=[GroundTruth.State.DRAFT, GroundTruth.State.PACKING])

    def unreadable(self) -> "GroundTruthQuerySet":
        """Packs that could not be read when it was last tried, and may be tried again now."""
        return self.unclaimed().in_use_but_unreadable()

    def in_use_but_unreadable(self) -> "GroundTruthQuerySet":
        """Packs of scoring rules that could not be read when it was last tried."""
        in_use = self.filter(pk__in=ScoringRule.objects.values("ground_truth"))
        return in_use.filter(state=GroundTruth.State.READY).exclude(problem="")

    def refused(self) -> "GroundTruthQuerySet":
        """Drafts that were to be published when they were ready, and were not: see `refusal`."""
        return self.filter(rules=None).exclude(refusal="")


class GroundTruth(LeasedModel):
    """Ground truth of a track's split: a draft until a worker has packed and verified it, then immutable."""

    class State(models.TextChoices):
        DRAFT = "draft", "waiting to be packed"
        PACKING = "packing", "being packed"
        READY = "ready", "packed and verified"
        FAILED = "failed", "cannot be used"

    PROGRESS = ("stage", "done", "total")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    track = models.ForeignKey(Track, on_delete=models.PROTECT, related_name="ground_truths")
    split = models.CharField(max_length=4, choices=Split)
    options = models.JSONField(default=dict, blank=True, help_text="Scorer options; empty for the defaults.")
    source = models.CharField(max_length=500, editable=False, help_text="The draft: a zip or folder of PNGs.")
    state = models.CharField(max_length=8, choices=State, default=State.DRAFT, editable=False)
    problem = models.TextField(
        blank=True, editable=False, help_text="Why it cannot be used now; while it is set, evaluations wait."
    )
    warnings = models.TextField(blank=True, editable=False, help_text="What packing skipped or found odd.")
    pack_sha256 = models.CharField(max_length=64, blank=True, editable=False)
    truth_sha256 = models.CharField(
        max_length=64,
        blank=True,
        editable=False,
        help_text="Of its ids and pixels: the same in any format.",
    )
    image_count = models.PositiveIntegerField(null=True, editable=False)
    summary = models.JSONField(null=True, editable=False, help_text="What its maps hold; not public.")
    listed_ids = models.TextField(
        blank=True, help_text="The ids of the split’s images, one per line, to compare the maps with."
    )
    publish_when_ready = models.BooleanField(
        default=False, help_text="Publish a scoring rule with it immediately, if no leaderboard changes."
    )
    refusal = models.TextField(blank=True, editable=False, help_text="Why it was not published when it was ready.")
    stage = models.CharField(max_length=20, blank=True, editable=False)
    done = models.PositiveIntegerField(default=0, editable=False)
    total = models.PositiveIntegerField(default=0, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = GroundTruthQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        verbose_name_plural = "ground truth"
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="ready") | (Q(image_count__gt=0) & ~Q(pack_sha256="")),
                name="ready_is_packed",
                violation_error_message="Ground truth is ready once it has been packed, with at least one image.",
            )
        ]

    def get_absolute_url(self) -> str:
        return reverse("ground_truth:detail", args=[self.pk])

    @property
    def is_waiting(self) -> bool:
        """Whether a worker has yet to pack it."""
        return self.state in {self.State.DRAFT, self.State.PACKING}

    def __str__(self) -> str:
        return f"{self.track.slug} {self.split} {self.pack_sha256[:12] or self.state}"

    @property
    def pack_path(self) -> Path:
        return settings.GROUND_TRUTH_DIR / f"{self.pack_sha256}.pack"

    @property
    def kept_source_path(self) -> Path:
        return settings.GROUND_TRUTH_DIR / f"{self.pack_sha256}.source.zip"

    @property
    def manifest_path(self) -> Path:
        return settings.PUBLIC_DIR / f"{self.pack_sha256}.manifest.json"

    @property
    def sample_path(self) -> Path:
        return settings.PUBLIC_DIR / f"{self.pack_sha256}.sample.zip"


class ScoringRuleQuerySet(models.QuerySet["ScoringRule"]):
    def outdated(self) -> "ScoringRuleQuerySet":
        """Rules whose scorer the evaluator has in another version, or not at all; evaluations by them wait.

        None where the evaluator cannot be asked: then a worker's self check finds that it cannot score.
        """
        try:
            known = scorers().values()
        except RuntimeError:
            return self.none()
        return self.exclude(reduce(or_, (Q(scorer=one.name, scorer_version=one.version) for one in known)))


class ScoringRule(models.Model):
    """Scorer, options and ground truth. One rule per track and split is published; boards show its scores."""

    class State(models.TextChoices):
        DRAFT = "draft"
        PUBLISHED = "published"
        RETIRED = "retired"

    track = models.ForeignKey(Track, on_delete=models.PROTECT, related_name="rules_of_scoring")
    split = models.CharField(max_length=4, choices=Split)
    number = models.PositiveIntegerField()
    ground_truth = models.ForeignKey(GroundTruth, on_delete=models.PROTECT, related_name="rules")
    scorer = models.CharField(max_length=40)
    scorer_version = models.CharField(max_length=20)
    options = models.JSONField(default=dict)
    state = models.CharField(max_length=9, choices=State, default=State.DRAFT)
    created_at = models.DateTimeField(default=timezone.now)
    published_at = models.DateTimeField(null=True)

    objects = ScoringRuleQuerySet.as_manager()

    class Meta:
        ordering = ["track", "split", "-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["track", "number"],
                name="rule_number_once",
                violation_error_message="The track has a scoring rule with this number already.",
            ),
            models.UniqueConstraint(
                fields=["track", "split"],
                condition=Q(state="published"),
                name="one_published_rule",
                violation_error_message="Another scoring rule is published for this split.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.track.slug} rule {self.number} ({self.split}, {self.state})"

    @property
    def present_version(self) -> str:
        """The version in which the evaluator has its scorer; empty where it does not know the scorer."""
        known = scorers().get(self.scorer)
        return known.version if known else ""

    @property
    def outdated(self) -> str:
        """Why nothing can be scored by this rule now, and what to do; empty where the versions agree."""
        if self.present_version == self.scorer_version:
            return ""
        has = f"version {self.present_version}" if self.present_version else "no scorer of this name"
        return OUTDATED.format(rule=self, scorer=self.scorer, version=self.scorer_version, has=has)
