"""Admin of tracks, phases, ground truth and scoring rules."""

import re
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator

from evaluator.contract import scorers
from server.admin_mixins import ReadOnlyAdmin
from server.audit.admin_mixins import AuditedAdmin, LinksToAuditLog
from server.tracks.effects import effects_on_phase, effects_on_track
from server.tracks.fields import TrackField
from server.tracks.forms import EffectsForm
from server.tracks.models import Edition, GroundTruth, Phase, ScoringRule, Track
from server.tracks.slugs import keep_old_slug

Fields = tuple[str | list[str] | tuple[str, ...], ...]  # of a form, as Django's admin groups them
SHOWN_IN_LIST = 300  # characters
CLASS_LINE = re.compile(r"[0-9]{1,3} +\S")


class TrackForm(EffectsForm[Track]):
    class Meta:
        model = Track
        fields = [
            *("edition", "number", "slug", "title", "short_title", "task", "data", "labels", "class_names"),
            *("scorer", "parameter_limit"),
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the known scorers, and the present one, which may be unknown: then the model's check says so."""
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = "Needed where something follows. The audit log keeps it."
        if "scorer" not in self.fields:
            return  # it is fixed
        titles = {name: f"{known.title} ({name})" for name, known in scorers().items()}
        present = {self.instance.scorer: self.instance.scorer} if self.instance.scorer else {"": "---------"}
        self.fields["scorer"].widget = forms.Select(choices=[*(present | titles).items()])

    def effects(self, before: Track | None, after: Track) -> list[str]:
        return effects_on_track(before, after)

    def clean_edition(self) -> Edition:
        return self.cleaned_data["edition"] or Edition.objects.for_new_tracks()

    def clean_number(self) -> int:
        """Check that it is free in the edition, also where that is fixed. Raises ValidationError."""
        number: int = self.cleaned_data["number"]
        edition = self.cleaned_data.get("edition") or self.instance.edition
        if edition.tracks.filter(number=number).exclude(pk=self.instance.pk).exists():
            raise ValidationError("The edition has another track with this number.")
        return number

    def clean_class_names(self) -> str:
        """Check that each line has a label and a name, and each label one line. Raises ValidationError."""
        text: str = self.cleaned_data["class_names"]
        lines = text.splitlines()
        if wrong := [line for line in lines if not CLASS_LINE.match(line)]:
            raise ValidationError(f"“{wrong[0]}”: write the label, a space and the name, such as “17 basketball”.")
        labels = [int(line.split()[0]) for line in lines]
        if len(set(labels)) < len(labels):
            raise ValidationError("A label occurs twice: write one line for each class.")
        return text


class PhaseForm(EffectsForm[Phase]):
    class Meta:
        field_classes = {"track": TrackField}

    def is_in_use(self) -> bool:
        return has_submissions(self.instance)

    def effects(self, before: Phase | None, after: Phase) -> list[str]:
        return effects_on_phase(before, after)


def has_submissions(row: Phase | Track | None) -> bool:
    if row is None or row.pk is None:
        return False
    phases = [row] if isinstance(row, Phase) else row.phases.all()
    return any(phase.submissions.exists() for phase in phases)


class KeepsOldAddresses(AuditedAdmin):
    """Admin of rows with a slug, whose old addresses lead to the present ones."""

    @transaction.atomic
    def save_model(self, request: HttpRequest, obj: Any, form: forms.ModelForm, change: bool) -> None:
        if change and "slug" in form.changed_data:
            keep_old_slug(obj, form.initial["slug"])
        super().save_model(request, obj, form, change)


@admin.register(Edition)
class EditionAdmin(LinksToAuditLog, AuditedAdmin, admin.ModelAdmin):
    """Texts of editions. They are opened, listed and unlisted on the organisers' pages."""

    recorded_as = "an edition"
    list_display = ["title", "headline", "starts_on", "listed_at"]
    readonly_fields = ["slug", "listed_at", "audit_log"]

    def get_readonly_fields(self, request: HttpRequest, obj: Edition | None = None) -> list[str]:
        """Fix the start once the edition is listed: it decides which one the front page shows."""
        return [*(["starts_on"] if obj and obj.is_listed else []), *self.readonly_fields]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Edition | None = None) -> bool:
        return False


@admin.register(Track)
class TrackAdmin(LinksToAuditLog, KeepsOldAddresses, admin.ModelAdmin):
    recorded_as = "a track"
    readonly_fields = ["rules_page", "audit_log"]
    form = TrackForm
    list_display = ["title", "edition", "number", "scorer", "most_parameters"]
    list_filter = ["edition", "scorer"]
    list_select_related = ["edition"]
    search_fields = ["title", "slug"]

    def get_readonly_fields(self, request: HttpRequest, obj: Track | None = None) -> list[str]:
        """Fix the edition; and the scorer once teams have submitted, as their scores are its numbers.

        An unknown scorer is replaced.
        """
        scorer = ["scorer"] if obj and has_submissions(obj) and not obj.scorer_error else []
        return [*(["edition"] if obj else []), *scorer, *self.readonly_fields]

    @admin.display(description="parameter limit", ordering="parameter_limit")
    def most_parameters(self, track: Track) -> str:
        return f"{track.parameter_limit:,}" if track.parameter_limit else "none"

    @admin.display(description="rules")
    def rules_page(self, track: Track) -> SafeString | str:
        if track.pk is None:
            return "Save the track first."
        return format_html('<a href="{}">Change the rules</a>', reverse("editions:rules", args=[track.slug]))

    def has_delete_permission(self, request: HttpRequest, obj: Track | None = None) -> bool:
        return False


@admin.register(Phase)
class PhaseAdmin(LinksToAuditLog, KeepsOldAddresses, admin.ModelAdmin):
    form = PhaseForm
    recorded_as = "a phase"
    list_display = ["__str__", "state", "ready", "opens_at", "closes_at", "quota", "split"]
    list_filter = ["track", "split", "paused", "per"]
    search_fields = ["title", "slug", "track__title"]
    date_hierarchy = "opens_at"
    prepopulated_fields = {"slug": ["title"]}
    list_select_related = ["track"]
    readonly_fields = ["results_shown_at", "audit_log"]

    def get_readonly_fields(self, request: HttpRequest, obj: Phase | None = None) -> list[str]:
        """Fix what quota windows depend on once a slot is taken, and dates, which have a page of their own."""
        fixed = ["track", "split", "per"] if obj and obj.slots.exists() else []
        dates = ["opens_at", "closes_at", "paused", "change_dates"] if obj else []
        return [*fixed, *dates, *self.readonly_fields]

    @admin.display(description="change it")
    def change_dates(self, phase: Phase) -> SafeString:
        url = f"{reverse('organiser_phases:index')}?phases={phase.pk}"
        return format_html('<a href="{}">Extend, move, pause or reopen it, or show its results</a>', url)

    @admin.display(description="status")
    def state(self, phase: Phase) -> str:
        return f"{phase.status}, paused" if phase.paused else phase.status

    @admin.display(boolean=True, description="can score")
    def ready(self, phase: Phase) -> bool:
        rule = phase.published_rule()
        return rule is not None and not rule.outdated


@admin.register(GroundTruth)
class GroundTruthAdmin(ReadOnlyAdmin):
    """Ground truth in columns; it is uploaded, published and removed on the organisers' pages."""

    list_display = [
        "__str__",
        "state",
        "problem_or_warnings",
        "published",
        "image_count",
        "created_at",
        "created_by",
    ]
    list_select_related = ["track", "created_by"]
    list_filter = ["track", "split", "state"]
    search_fields = ["pack_sha256", "track__title"]
    fields = [
        *("track", "split", "state", "problem", "warnings", "refusal", "image_count", "pack_sha256"),
        *("options", "publish_when_ready", "created_by", "created_at", "page"),
    ]
    readonly_fields = ["page"]

    @admin.display(description="what it holds")
    def page(self, ground_truth: GroundTruth) -> SafeString:
        return format_html('<a href="{}">See, publish or remove it</a>', ground_truth.get_absolute_url())

    @admin.display
    def problem_or_warnings(self, ground_truth: GroundTruth) -> str:
        """Return their beginning; the row's own page has all."""
        return Truncator(ground_truth.problem or ground_truth.warnings).chars(SHOWN_IN_LIST)

    @admin.display(boolean=True)
    def published(self, ground_truth: GroundTruth) -> bool:
        return ground_truth.rules.filter(state=ScoringRule.State.PUBLISHED).exists()


@admin.register(ScoringRule)
class ScoringRuleAdmin(ReadOnlyAdmin):
    list_display = [
        "__str__",
        "scorer",
        "scorer_version",
        "can_score",
        "published_at",
    ]
    fields = [
        *("track", "split", "number", "state", "problem", "ground_truth", "scorer", "scorer_version", "options"),
        *("created_at", "published_at"),
    ]
    readonly_fields = ["problem"]
    list_filter = ["track", "split", "state"]
    search_fields = ["track__title", "ground_truth__pack_sha256"]

    @admin.display(boolean=True)
    def can_score(self, rule: ScoringRule) -> bool:
        return not rule.outdated

    @admin.display
    def problem(self, rule: ScoringRule) -> str:
        return rule.outdated or "none"
