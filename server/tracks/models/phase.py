"""Phases of tracks: when teams may submit, how often, and when results are shown."""

from datetime import UTC, datetime, timedelta

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from evaluator.contract import scorers
from server.tracks.models.edition import Reader, sees_unlisted
from server.tracks.models.scoring import ScoringRule
from server.tracks.models.track import Split, Track

WINDOW_NAMES = {"phase": "phase", "month": "%Y-%m", "day": "%Y-%m-%d"}  # by `Phase.per`


class PhaseQuerySet(models.QuerySet["Phase"]):
    def listed(self) -> "PhaseQuerySet":
        return self.filter(track__edition__listed_at__isnull=False)

    def visible_to(self, reader: Reader) -> "PhaseQuerySet":
        return self.all() if sees_unlisted(reader) else self.listed()

    def not_closed_at(self, at: datetime) -> "PhaseQuerySet":
        return self.filter(Q(closes_at=None) | Q(closes_at__gt=at))

    def open_at(self, at: datetime) -> "PhaseQuerySet":
        """Phases that are open then; those of an unlisted edition are open to nobody."""
        return self.listed().not_closed_at(at).filter(opens_at__lte=at)

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
            models.UniqueConstraint(
                fields=["track", "slug"],
                name="phase_slug_once",
                violation_error_message="The track has another phase with this slug.",
            ),
            models.CheckConstraint(
                condition=Q(closes_at=None) | Q(closes_at__gt=F("opens_at")),
                name="phase_closes_after_it_opens",
                violation_error_message="The phase has to close after it opens.",
            ),
            models.CheckConstraint(
                condition=Q(limit__gt=0),
                name="phase_has_a_slot",
                violation_error_message="A team needs at least one submission: set the limit to 1 or more.",
            ),
            models.CheckConstraint(
                condition=Q(daily_submission_limit__gt=0),
                name="phase_takes_submissions",
                violation_error_message="Set the daily limit of submissions to 1 or more.",
            ),
            models.CheckConstraint(
                condition=~Q(results="after_close") | Q(closes_at__isnull=False),
                name="results_after_close_need_a_close",
                violation_error_message="Results that are shown when the phase has closed need a close: give one.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.track.short_title}: {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("leaderboard:board", args=[self.track.slug, self.slug])

    def clean(self) -> None:
        from server.tracks.slugs import check_slug_free  # noqa: PLC0415  (it needs all models)

        if self.track_id:
            check_slug_free(self)

    @property
    def submit_url(self) -> str:
        return reverse("submissions:submit", args=[self.track.slug, self.slug])

    @property
    def status(self) -> str:
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
        """The rule that the phase follows now."""
        from server.tracks.models.phase_rule import rule_of  # noqa: PLC0415  (its model refers to this one)

        return rule_of(self)

    def window(self, at: datetime) -> str:
        """Return the name of the quota window at that time; slots are numbered within it."""
        return at.astimezone(UTC).strftime(WINDOW_NAMES[self.per])

    def window_ends(self, at: datetime) -> datetime | None:
        """Return the end of the quota window at that time: the next one opens, or the phase closes."""
        return self.next_window_opens(at) or self.closes_at

    def end_of_window(self, name: str) -> datetime | None:
        """Return the end of the quota window with this name, by the present dates of the phase."""
        try:
            begins = datetime.strptime(name, WINDOW_NAMES[self.per]).replace(tzinfo=UTC)
        except ValueError:  # named while the phase counted per another period
            return self.closes_at
        return self.window_ends(begins)

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
