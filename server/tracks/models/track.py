"""Tracks of the challenge."""

from typing import Any
from urllib.parse import urlencode

from django.db import models
from django.urls import reverse

from evaluator.contract import ScorerDescription
from server.tracks.models.edition import Edition, Reader, sees_unlisted
from server.tracks.scorers import UnknownScorer, description_of, validate_scorer

ACCENTS = 6  # colours in the style sheet: .accent-1 to .accent-6


class Split(models.TextChoices):
    VAL = "val", "validation"
    TEST = "test", "test"


class TrackQuerySet(models.QuerySet["Track"]):
    def listed(self) -> "TrackQuerySet":
        return self.filter(edition__listed_at__isnull=False)

    def visible_to(self, reader: Reader) -> "TrackQuerySet":
        return self.all() if sees_unlisted(reader) else self.listed()


class Track(models.Model):
    """One task of an edition, scored by one scorer."""

    edition = models.ForeignKey(
        Edition, on_delete=models.PROTECT, related_name="tracks", blank=True, help_text="Empty: the current one."
    )
    number = models.PositiveSmallIntegerField()
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

    objects = TrackQuerySet.as_manager()

    class Meta:
        ordering = ["edition", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["edition", "number"],
                name="track_number_once",
                violation_error_message="The edition has another track with this number.",
            )
        ]

    def __str__(self) -> str:
        return self.title

    def save(self, *arguments: Any, **keywords: Any) -> None:
        """Save it; a new track that names no edition joins the current one."""
        if self.edition_id is None:
            self.edition = Edition.objects.for_new_tracks()
        super().save(*arguments, **keywords)

    def get_absolute_url(self) -> str:
        return reverse("site:track", args=[self.slug])

    def clean(self) -> None:
        from server.tracks.slugs import check_slug_free  # noqa: PLC0415  (it needs all models)

        check_slug_free(self)

    @property
    def title_in_lists(self) -> str:
        """The title; with the edition where there are several, for choices among the tracks of all."""
        several = Edition.objects.exclude(pk=self.edition_id).exists()
        return f"{self.title} ({self.edition})" if several else self.title

    @property
    def list_position(self) -> tuple[int, int]:
        """By which lists of several editions are sorted: those of the latest one first."""
        return -self.edition_id, self.number

    @property
    def slugs_query(self) -> str:
        """The query that asks for lines of the public log under the present and all past slugs."""
        past = self.past_slugs.filter(phase=None).values_list("slug", flat=True)
        return urlencode({"track": [self.slug, *past]}, doseq=True)

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
