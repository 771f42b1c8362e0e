"""Forms of the next edition, and of the rules of a track."""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Any, cast

from django import forms
from django.forms.utils import ErrorDict
from django.http import QueryDict

from server.tracks.editions.plan import EditionPlan, TrackPlan, copies_of
from server.tracks.editions.rules import Rule
from server.tracks.fields import UtcField
from server.tracks.models import Edition, Phase, Track
from server.tracks.upload_form import REASON_LENGTH

MOST_RULES = 60
DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class StartForm(forms.Form):
    """Which edition is copied, and what decides the suggestions: title and start."""

    copy = forms.ModelChoiceField(
        Edition.objects.all(), to_field_name="slug", empty_label=None, label="Copy tracks and phases of"
    )
    title = forms.CharField(max_length=40, help_text="Such as the year.")
    starts_on = forms.DateField(
        label="Starts on", widget=DAY, help_text="All dates are moved by as many days as lie between both starts."
    )

    def clean_title(self) -> str:
        title: str = self.cleaned_data["title"]
        if Edition.objects.filter(title=title).exists():
            raise forms.ValidationError("Another edition has this title.")
        return title


class OpeningActForm(StartForm):
    """The same for programs. A dry run needs no reason."""

    reason = forms.CharField(max_length=REASON_LENGTH, required=False)


class EditionForm(forms.ModelForm):
    class Meta:
        model = Edition
        fields = ["title", "slug", "headline", "starts_on", "description", "citation"]
        widgets = {
            "starts_on": DAY,
            "description": forms.Textarea(attrs={"rows": 3}),
            "citation": forms.Textarea(attrs={"rows": 3}),
        }


class CopyForm(forms.ModelForm):
    """A row that is copied, unless it is left out: then nothing else in its form matters."""

    copied = forms.BooleanField(required=False, initial=True, label="Copy it")

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        """Leave the help out: it would stand on the page once for each row."""
        super().__init__(*arguments, **keywords)
        for field in self.fields.values():
            field.help_text = ""

    def full_clean(self) -> None:
        super().full_clean()
        if self.is_bound and not self.is_copied:
            self._errors = ErrorDict()

    @property
    def is_copied(self) -> bool:
        return bool(self["copied"].value())


class TrackCopyForm(CopyForm):
    class Meta:
        model = Track
        fields = ["copied", "title", "short_title", "slug", "number", "parameter_limit", "task", "data"]
        widgets = {name: forms.Textarea(attrs={"rows": 2}) for name in ("task", "data")}


class PhaseCopyForm(CopyForm):
    opens_at = UtcField(label="Opens, UTC")
    closes_at = UtcField(label="Closes, UTC", required=False)

    class Meta:
        model = Phase
        fields = [
            *("copied", "title", "slug", "opens_at", "closes_at", "limit", "per", "daily_submission_limit"),
            *("results", "details"),
        ]
        labels = {"limit": "Submissions of a team", "per": "Counted", "daily_submission_limit": "At most per day"}


class TrackForms:
    """The form of a track, and those of its phases."""

    def __init__(self, source: Track, planned: TrackPlan, data: QueryDict | None) -> None:
        self.source = source
        self.form = TrackCopyForm(data, instance=planned.track, prefix=f"track-{source.pk}")
        self.phases = [
            PhaseCopyForm(data, instance=phase, prefix=f"phase-{of_source.pk}")
            for of_source, phase in zip(source.phases.all(), planned.phases, strict=True)
        ]

    @property
    def copied(self) -> list[PhaseCopyForm]:
        return [phase for phase in self.phases if phase.is_copied]

    def is_valid(self) -> bool:
        """Check all forms of a track that is copied."""
        if not self.form.is_copied:
            return self.form.is_valid()
        valid = [self.form.is_valid(), *(phase.is_valid() for phase in self.copied)]
        return all(valid) and are_distinct(self.copied, "slug", "Another phase of the track has this slug.")

    def plan(self) -> TrackPlan:
        return TrackPlan(self.form.instance, tuple(phase.instance for phase in self.copied))


class OpeningForms:
    """All forms of the next edition, filled in with copies of another one."""

    def __init__(self, source: Edition, title: str, starts_on: date, data: QueryDict | None = None) -> None:
        self.source, planned = source, copies_of(source, title, starts_on)
        tracks = zip(source.tracks.all(), planned.tracks, strict=True)
        self.tracks = [TrackForms(track, of_track, data) for track, of_track in tracks]
        self.edition = EditionForm(data, instance=planned.edition)

    @property
    def copied(self) -> list[TrackForms]:
        return [track for track in self.tracks if track.form.is_copied]

    def is_valid(self) -> bool:
        """Check every form, so that all errors are shown together."""
        valid = [self.edition.is_valid(), *(track.is_valid() for track in self.tracks)]
        forms_of_tracks = [track.form for track in self.copied]
        return all(valid) and all(
            are_distinct(forms_of_tracks, name, f"Another track of the edition has this {name}.")
            for name in ("slug", "number")
        )

    def plan(self) -> EditionPlan:
        return EditionPlan(self.source, self.edition.instance, tuple(track.plan() for track in self.copied))


def are_distinct(rows: Iterable[CopyForm], name: str, error: str) -> bool:
    """Whether the valid forms have different values; else the later ones get the error."""
    seen: Counter[object] = Counter()
    for form in rows:
        seen[value := form.cleaned_data[name]] += 1
        if seen[value] > 1:
            form.add_error(name, error)
    return all(count == 1 for count in seen.values())


class RuleForm(forms.Form):
    """A rule of a track: a row of the formset."""

    rule = forms.CharField(
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Write the rule, or tick “Remove”."},
    )
    enforced = forms.CharField(
        max_length=1000,
        required=False,
        label="How it is enforced",
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class BaseRules(forms.BaseFormSet):
    """All rules of a track, in their order."""

    def add_fields(self, form: forms.Form, index: int | None) -> None:
        super().add_fields(form, index)
        form.fields["ORDER"].label = "Position"
        form.fields["DELETE"].label = "Remove"

    def clean(self) -> None:
        """Check that no rule stands twice. Raises ValidationError."""
        if any(self.errors):
            return
        counted = Counter(stated["rule"] for stated in self.rules)
        if twice := [rule for rule, count in counted.items() if count > 1]:
            raise forms.ValidationError(f"“{twice[0]}” stands twice. Remove one of them.")

    @property
    def rules(self) -> list[Rule]:
        """The rules as a track keeps them."""
        cleaned = [form.cleaned_data for form in self.ordered_forms]
        return [{"rule": each["rule"], "enforced": each["enforced"]} for each in cleaned if each.get("rule")]


def rules_formset(track: Track, data: Any = None) -> BaseRules:
    """Return the formset of the track's rules, with empty rows to add some."""
    kind = forms.formset_factory(
        RuleForm,
        formset=BaseRules,
        extra=2,
        can_order=True,
        can_delete=True,
        max_num=MOST_RULES,
        validate_max=True,
    )
    return cast(BaseRules, kind(data, initial=track.rules, prefix="rules"))
