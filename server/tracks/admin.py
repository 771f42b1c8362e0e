"""Admin of tracks, phases, ground truth and scoring rules."""

import re
from typing import Any
from uuid import uuid4

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminTextInputWidget
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.text import Truncator

from evaluator.contract import scorers
from server.accounts.requests import user_of
from server.admin_mixins import ReadOnlyAdmin
from server.audit.admin_mixins import AuditedAdmin, LinksToAuditLog
from server.tracks import services
from server.tracks.models import GroundTruth, Phase, ScoringRule, Track
from server.upload_middleware import takes_archive
from server.uploads import IncomingArchive

Fields = tuple[str | list[str] | tuple[str, ...], ...]  # of a form, as Django's admin groups them
SHOWN_IN_LIST = 300  # characters
CLASS_LINE = re.compile(r"[0-9]{1,3} +\S")


class TrackForm(forms.ModelForm):
    class Meta:
        model = Track
        fields = [
            *("number", "slug", "title", "short_title", "task", "data", "labels", "class_names"),
            *("rules", "scorer", "parameter_limit"),
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the known scorers, and the present one, which may be unknown: then the model's check says so."""
        super().__init__(*args, **kwargs)
        titles = {name: f"{known.title} ({name})" for name, known in scorers().items()}
        present = {self.instance.scorer: self.instance.scorer} if self.instance.scorer else {"": "---------"}
        self.fields["scorer"].widget = forms.Select(choices=[*(present | titles).items()])

    def clean_rules(self) -> list[dict[str, str]]:
        """Check the structure of the rules, which every submission stores. Raises ValidationError."""
        rules = self.cleaned_data["rules"]
        if not isinstance(rules, list) or not all(map(_is_stated, rules)):
            raise ValidationError(
                'Write a list of {"rule": "…", "enforced": "…"}, each with these keys and a non-empty rule.'
            )
        return rules

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


def _is_stated(rule: object) -> bool:
    if not isinstance(rule, dict) or rule.keys() != {"rule", "enforced"}:
        return False
    return all(isinstance(sentence, str) for sentence in rule.values()) and bool(rule["rule"].strip())


@admin.register(Track)
class TrackAdmin(LinksToAuditLog, AuditedAdmin, admin.ModelAdmin):
    recorded_as = "a track"
    readonly_fields = ["audit_log"]
    form = TrackForm
    list_display = ["title", "number", "scorer", "parameter_limit"]
    search_fields = ["title", "slug"]
    list_filter = ["scorer"]

    def has_delete_permission(self, request: HttpRequest, obj: Track | None = None) -> bool:
        return False


class PhaseForm(forms.ModelForm):
    reason = forms.CharField(
        max_length=500,
        required=False,
        label="Reason for the change",
        widget=AdminTextInputWidget,
        help_text="Teams have submitted to this phase, so a change needs a reason. The audit log keeps it.",
    )

    def clean(self) -> None:
        super().clean()
        changed = set(self.changed_data) - {"reason"}
        if changed and has_submissions(self.instance) and not self.cleaned_data.get("reason"):
            self.add_error("reason", "Give the reason: teams have already submitted to this phase.")


def has_submissions(phase: Phase | None) -> bool:
    return phase is not None and phase.pk is not None and phase.submissions.exists()


@admin.register(Phase)
class PhaseAdmin(LinksToAuditLog, AuditedAdmin, admin.ModelAdmin):
    form = PhaseForm
    recorded_as = "a phase"
    list_display = ["__str__", "status", "ready", "paused", "opens_at", "closes_at", "quota", "split"]
    list_filter = ["track", "split", "paused", "per"]
    search_fields = ["title", "slug", "track__title"]
    date_hierarchy = "opens_at"
    prepopulated_fields = {"slug": ["title"]}
    list_select_related = ["track"]
    readonly_fields = ["results_shown_at", "audit_log"]
    actions = ["show_results"]

    def get_fields(self, request: HttpRequest, obj: Phase | None = None) -> Fields:
        fields = tuple(super().get_fields(request, obj))
        return fields if has_submissions(obj) else tuple(name for name in fields if name != "reason")

    def get_readonly_fields(self, request: HttpRequest, obj: Phase | None = None) -> list[str]:
        """Fix the fields that quota windows depend on once a slot is taken: a change would free all slots."""
        fixed = ["track", "split", "per"] if obj and obj.slots.exists() else []
        return [*fixed, *self.readonly_fields]

    @admin.action(description="Publish the results of phases that wait for it", permissions=["change"])
    def show_results(self, request: HttpRequest, chosen: QuerySet[Phase]) -> None:
        for phase in chosen:
            if services.show_results(phase, by=user_of(request)):
                self.message_user(request, f"{phase}: the results are now public.", messages.SUCCESS)
            else:
                self.message_user(
                    request, f"{phase} does not wait for its results to be published.", messages.WARNING
                )

    def save_model(self, request: HttpRequest, obj: Model, form: forms.ModelForm, change: bool) -> None:
        super().save_model(request, obj, form, change)
        for warning in filter(None, (said for _, said in services.phase_changed.send(Phase, phase=obj))):
            self.message_user(request, warning, messages.WARNING)

    @admin.display(boolean=True, description="can score")
    def ready(self, phase: Phase) -> bool:
        rule = phase.published_rule()
        return rule is not None and not rule.outdated


class GroundTruthForm(forms.ModelForm):
    file = forms.FileField(
        label="Zip of PNGs",
        help_text="One PNG per image, named <image id>.png. A worker packs and verifies it; "
        "it cannot be downloaded again.",
    )

    class Meta:
        model = GroundTruth
        fields = ["track", "split", "publish_when_ready", "options"]

    def clean_file(self) -> IncomingArchive:
        file: IncomingArchive = self.cleaned_data["file"]
        if why := file.why_no_zip():
            raise ValidationError(f"“{file.name}” is not a zip archive. {why}")
        return file

    def clean_options(self) -> dict[str, object]:
        options = self.cleaned_data["options"] or {}
        if not isinstance(options, dict):
            raise ValidationError('Write options as an object, such as {"resize": "reject"}.')
        return options


@admin.register(GroundTruth)
class GroundTruthAdmin(admin.ModelAdmin):
    """Admin that uploads ground truth as a draft; afterwards it can be viewed and published, never changed."""

    form = GroundTruthForm
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
    actions = ["publish"]

    def get_fields(self, request: HttpRequest, obj: GroundTruth | None = None) -> Fields:
        fields = tuple(super().get_fields(request, obj))
        return tuple(name for name in fields if name != "file") if obj else fields

    def get_readonly_fields(self, request: HttpRequest, obj: GroundTruth | None = None) -> list[str]:
        if not obj:
            return []
        return ["state", "problem", "warnings", "image_count", "pack_sha256", "created_by", "created_at"]

    @admin.display
    def problem_or_warnings(self, ground_truth: GroundTruth) -> str:
        """Return their beginning; the row's own page has all."""
        return Truncator(ground_truth.problem or ground_truth.warnings).chars(SHOWN_IN_LIST)

    @admin.display(boolean=True)
    def published(self, ground_truth: GroundTruth) -> bool:
        return ground_truth.rules.filter(state=ScoringRule.State.PUBLISHED).exists()

    @admin.action(description="Publish a scoring rule with this ground truth", permissions=["change"])
    def publish(self, request: HttpRequest, chosen: QuerySet[GroundTruth]) -> None:
        for ground_truth in chosen:
            try:
                rule = services.publish(ground_truth, by=user_of(request))
                self.message_user(request, f"{rule} is published.", messages.SUCCESS)
            except services.CannotPublish as reason:
                self.message_user(request, str(reason), messages.ERROR)

    @takes_archive
    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return super().add_view(request, form_url, extra_context)

    def save_model(self, request: HttpRequest, obj: GroundTruth, form: GroundTruthForm, change: bool) -> None:
        source = settings.GROUND_TRUTH_DRAFTS_DIR / f"{uuid4()}.zip"
        form.cleaned_data["file"].keep_as(source)
        draft = services.draft_ground_truth(
            track=obj.track,
            split=obj.split,
            source=source,
            options=obj.options,
            publish=obj.publish_when_ready,
            by=user_of(request),
        )
        obj.pk = draft.pk
        self.message_user(
            request,
            "The draft was uploaded. A worker will pack and verify it; reload this page to see the outcome.",
        )

    def has_change_permission(self, request: HttpRequest, obj: GroundTruth | None = None) -> bool:
        return obj is None and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: GroundTruth | None = None) -> bool:
        return False


@admin.register(ScoringRule)
class ScoringRuleAdmin(ReadOnlyAdmin):
    list_display = [
        "__str__",
        "track",
        "split",
        "number",
        "state",
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
