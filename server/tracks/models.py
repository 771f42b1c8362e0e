"""Tracks, their phases, ground truth and scoring rules."""

import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from evaluator.contract import ScorerDescription, scorers
from server.leases import LeasedModel, LeaseQuerySet
from server.tracks.scorers import UnknownScorer, description_of, validate_scorer

ACCENTS = 6  # colours in the style sheet: .accent-1 to .accent-6


class Split(models.TextChoices):
    VAL = "val", "validation"
    TEST = "test", "test"


class Track(models.Model):
    """One task of the challenge, scored by one scorer."""

    number = models.PositiveSmallIntegerField(unique=True)
    slug = models.SlugField(unique=True)
    title = models.CharField(max_length=120)
    short_title = models.CharField(max_length=40)
    task = models.TextField(help_text="One sentence: what teams have to predict.")
    data = models.TextField(help_text="One sentence: which images and how many.")
    labels = models.TextField(help_text="The meaning of pixel values.")
    class_names = models.TextField(
        blank=True, help_text="One line per class: label, space, name. Other classes are shown by their label."
    )
    rules = models.JSONField(
        default=list, help_text='A list of {"rule": the rule, "enforced": how this server enforces it}.'
    )
    scorer = models.CharField(max_length=40, validators=[validate_scorer])
    parameter_limit = models.PositiveBigIntegerField(
        null=True, blank=True, help_text="All inference models together must have fewer parameters than this."
    )

    class Meta:
        ordering = ["number"]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("site:track", args=[self.slug])

    @property
    def description(self) -> ScorerDescription:
        """What its scorer declares. Raises UnknownScorer."""
        return description_of(self.scorer)

    @property
    def scorer_error(self) -> str:
        """Why the track can show no result: its scorer is unknown to the evaluator. Empty where all is well."""
        try:
            description_of(self.scorer)
        except UnknownScorer as error:
            return str(error)
        return ""

    @property
    def accent(self) -> int:
        """The number of its colour in the style sheet; more tracks than there are colours share them."""
        return (self.number - 1) % ACCENTS + 1

    @property
    def names_of_classes(self) -> dict[int, str]:
        lines = (line.split(maxsplit=1) for line in self.class_names.splitlines())
        return {int(label): name for label, name in lines}

    @property
    def rule_sentences(self) -> list[str]:
        return [stated["rule"] for stated in self.rules]

    @property
    def parameter_rule(self) -> str:
        """The limit of parameters as a sentence."""
        millions = f"{self.parameter_limit / 1e6:g} million" if self.parameter_limit else "any number of"
        return f"All models used for inference together have fewer than {millions} parameters."


class GroundTruthQuerySet(LeaseQuerySet["GroundTruth"]):
    def waiting(self) -> "GroundTruthQuerySet":
        """Drafts that a worker may pack now: new, or left by a worker that was lost."""
        return self.unclaimed().filter(state__in=[GroundTruth.State.DRAFT, GroundTruth.State.PACKING])


class GroundTruth(LeasedModel):
    """Ground truth of a track's split: a draft until a worker has packed and verified it, then immutable."""

    class State(models.TextChoices):
        DRAFT = "draft", "waiting to be packed"
        PACKING = "packing", "being packed"
        READY = "ready", "packed and verified"
        FAILED = "failed", "cannot be used"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    track = models.ForeignKey(Track, on_delete=models.PROTECT, related_name="ground_truths")
    split = models.CharField(max_length=4, choices=Split)
    options = models.JSONField(default=dict, blank=True, help_text="Scorer options; empty for the defaults.")
    source = models.CharField(max_length=500, editable=False, help_text="The draft: a zip or folder of PNGs.")
    state = models.CharField(max_length=8, choices=State, default=State.DRAFT, editable=False)
    problem = models.TextField(blank=True, editable=False)
    pack_sha256 = models.CharField(max_length=64, blank=True, editable=False)
    image_count = models.PositiveIntegerField(null=True, editable=False)
    publish_when_ready = models.BooleanField(
        default=False, help_text="Publish a scoring rule with it immediately, if no leaderboard changes."
    )
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
            )
        ]

    def __str__(self) -> str:
        return f"{self.track.slug} {self.split} {self.pack_sha256[:12] or self.state}"

    @property
    def pack_path(self) -> Path:
        return settings.GROUND_TRUTH_DIR / f"{self.pack_sha256}.pack"

    @property
    def manifest_path(self) -> Path:
        return settings.PUBLIC_DIR / f"{self.pack_sha256}.manifest.json"

    @property
    def sample_path(self) -> Path:
        return settings.PUBLIC_DIR / f"{self.pack_sha256}.sample.zip"


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

    class Meta:
        ordering = ["track", "split", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["track", "number"], name="rule_number_once"),
            models.UniqueConstraint(
                fields=["track", "split"], condition=Q(state="published"), name="one_published_rule"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.track.slug} rule {self.number} ({self.split}, {self.state})"


class PhaseQuerySet(models.QuerySet["Phase"]):
    def not_closed_at(self, at: datetime) -> "PhaseQuerySet":
        return self.filter(Q(closes_at=None) | Q(closes_at__gt=at))

    def open_at(self, at: datetime) -> "PhaseQuerySet":
        return self.not_closed_at(at).filter(opens_at__lte=at)

    def that_can_score(self) -> "PhaseQuerySet":
        """Phases whose split has a published rule, in tracks whose scorer the evaluator knows."""
        published = ScoringRule.objects.filter(
            track=OuterRef("track"), split=OuterRef("split"), state=ScoringRule.State.PUBLISHED
        )
        return self.filter(Exists(published), track__scorer__in=list(scorers()))


class Phase(models.Model):
    """A period in which teams submit to a track's split, with its quota."""

    class Per(models.TextChoices):
        PHASE = "phase", "in the whole phase"
        MONTH = "month", "per month"
        DAY = "day", "per day"

    class Results(models.TextChoices):
        AT_ONCE = "at_once", "immediately"
        AFTER_CLOSE = "after_close", "when the phase has closed"
        BY_ORGANISER = "by_organiser", "when the organisers publish them"

    class Details(models.TextChoices):
        AT_ONCE = "at_once", "with the results"
        AFTER_CLOSE = "after_close", "when the phase has closed"
        NEVER = "never", "only to the organisers"

    class StandsOn(models.TextChoices):
        BEST = "best", "its best submission"
        CHOSEN = "chosen", "the submission it chose, or else its best"

    track = models.ForeignKey(Track, on_delete=models.PROTECT, related_name="phases")
    slug = models.SlugField()
    title = models.CharField(max_length=80)
    split = models.CharField(max_length=4, choices=Split)
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField(null=True, blank=True, help_text="Empty: stays open.")
    paused = models.BooleanField(
        default=False, help_text="Accepts no submissions for now; queued ones are still scored."
    )
    limit = models.PositiveSmallIntegerField(default=5, help_text="Scored submissions a team may have.")
    per = models.CharField(max_length=5, choices=Per, default=Per.PHASE)
    daily_submission_limit = models.PositiveSmallIntegerField(
        default=20, help_text="Submissions of a team per UTC day, including rejected ones."
    )
    results = models.CharField("results are shown", max_length=12, choices=Results, default=Results.AT_ONCE)
    results_shown_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="Set when the organisers publish the results, if that is the choice above.",
    )
    details = models.CharField(
        "results per class are shown",
        max_length=12,
        choices=Details,
        default=Details.AFTER_CLOSE,
        help_text="Never before the results. They let teams tune their methods to the test split, so they are "
        "best hidden until the phase closes; a phase without an end shows them only “with the results”.",
    )
    shows_intervals = models.BooleanField(
        default=True,
        help_text="Confidence intervals of scores and ranks are computed after each change and shown.",
    )
    stands_on = models.CharField("a team is ranked by", max_length=6, choices=StandsOn, default=StandsOn.BEST)

    objects = PhaseQuerySet.as_manager()

    class Meta:
        ordering = ["track", "opens_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["track", "slug"], name="phase_slug_once"),
            models.CheckConstraint(
                condition=Q(closes_at=None) | Q(closes_at__gt=F("opens_at")),
                name="phase_closes_after_it_opens",
            ),
            models.CheckConstraint(condition=Q(limit__gt=0), name="phase_has_a_slot"),
            models.CheckConstraint(condition=Q(daily_submission_limit__gt=0), name="phase_takes_submissions"),
            models.CheckConstraint(
                condition=~Q(results="after_close") | Q(closes_at__isnull=False),
                name="results_after_close_need_a_close",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.track.short_title}: {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("leaderboard:board", args=[self.track.slug, self.slug])

    @property
    def submit_url(self) -> str:
        return reverse("submissions:submit", args=[self.track.slug, self.slug])

    @property
    def standing(self) -> str:
        """“upcoming”, “open” or “closed”, by the server's clock. Half-open: [opens_at, closes_at)."""
        now = timezone.now()
        if now < self.opens_at:
            return "upcoming"
        return "closed" if self.closes_at and now >= self.closes_at else "open"

    def shows_results(self, at: datetime) -> bool:
        """Whether scores, ranks and curves of the phase are public at that time."""
        if self.results == self.Results.AFTER_CLOSE:
            return self.closes_at is not None and at >= self.closes_at
        if self.results == self.Results.BY_ORGANISER:
            return self.results_shown_at is not None and at >= self.results_shown_at
        return True

    def shows_details(self, at: datetime) -> bool:
        """Whether results per class are public at that time."""
        if not self.shows_results(at):
            return False
        closed = self.closes_at is not None and at >= self.closes_at
        return self.details == self.Details.AT_ONCE or (self.details == self.Details.AFTER_CLOSE and closed)

    @property
    def quota(self) -> str:
        """The quota in words, such as “5 per month”."""
        return f"{self.limit} {self.get_per_display()}"

    def published_rule(self) -> ScoringRule | None:
        rules = ScoringRule.objects.select_related("ground_truth")
        return rules.filter(track=self.track_id, split=self.split, state=ScoringRule.State.PUBLISHED).first()

    def window(self, at: datetime) -> str:
        """Return the name of the quota window at that time; slots are numbered within it."""
        formats = {self.Per.PHASE: "phase", self.Per.MONTH: "%Y-%m", self.Per.DAY: "%Y-%m-%d"}
        return at.astimezone(UTC).strftime(formats[self.Per(self.per)])

    def window_ends(self, at: datetime) -> datetime | None:
        """Return the end of the quota window at that time: the next one opens, or the phase closes."""
        return self.next_window_opens(at) or self.closes_at

    def next_window_opens(self, at: datetime) -> datetime | None:
        """Return when the next quota window opens, or None if there is none."""
        midnight = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        if self.per == self.Per.DAY:
            opens = midnight + timedelta(days=1)
        elif self.per == self.Per.MONTH:
            opens = (midnight.replace(day=1) + timedelta(days=32)).replace(day=1)
        else:
            return None
        return None if self.closes_at and opens >= self.closes_at else opens
