"""Forms for submissions, shared by page and API, and for pseudonyms."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, time
from functools import partial
from typing import Any

from django import forms
from django.utils import timezone

from server.names import as_form_errors, check_visible
from server.submissions.exceptions import FormIncomplete, FormRefused, MethodIncomplete
from server.submissions.method import LINKS, Method, required_fields
from server.submissions.models import PSEUDONYM_LENGTH, Entry
from server.tracks.models import Phase

LINE_BREAKS_AND_TABS = "\n\r\t"
MISSING = {"required", "missing"}


def visible(text: str, *, also: str = "") -> None:
    """Validate that a text has no invisible characters but those in `also`. Raises ValidationError."""
    with as_form_errors():
        check_visible(text, also=also)


class CountField(forms.Field):
    """Form field for a large whole number, written as 25600000, 25,600,000 or 25.6M."""

    UNITS = {"k": 1_000, "m": 1_000_000, "g": 1_000_000_000, "b": 1_000_000_000}
    PLAIN = re.compile(r"\d{1,15}|\d{1,3}(?:[,.’' \u00a0\u202f]\d{3}){1,4}")
    SHORT = re.compile(r"(\d{1,6}(?:\.\d{1,6})?) ?([kmgb])", re.IGNORECASE)

    def to_python(self, value: object) -> int | None:
        text = str(value or "").strip()
        if text in self.empty_values:
            return None
        if self.PLAIN.fullmatch(text):
            return int(re.sub(r"\D", "", text))
        if short := self.SHORT.fullmatch(text):
            return round(float(short[1]) * self.UNITS[short[2].lower()])
        raise forms.ValidationError(f"“{text[:30]}” is not a number. Write it as 25600000, 25,600,000 or 25.6M.")


class Checkbox(forms.CheckboxInput):
    """Checkbox that only “on”, “true”, “yes” or “1” ticks: a program’s “no” or “0” does not."""

    YES = frozenset({"on", "true", "yes", "1"})

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> bool:
        return str(data.get(name, "")).strip().lower() in self.YES


class LinkField(forms.URLField):
    def __init__(self, *, label: str) -> None:
        super().__init__(max_length=500, required=False, label=label, assume_scheme="https", validators=[visible])


class RefusableForm(forms.Form):
    def refusal(self) -> FormRefused:
        """Return why the invalid form is refused."""
        errors = {name: list(map(str, wrong)) for name, wrong in self.errors.items()}
        codes = {error.code for wrong in self.errors.as_data().values() for error in wrong}
        return FormIncomplete(errors) if codes & MISSING else FormRefused(errors)


class SubmissionForm(RefusableForm):
    """Form of a submission. `upload` stands for the archive where it was uploaded in advance."""

    archive = forms.FileField(
        label="Zip of PNGs",
        allow_empty_file=False,
        error_messages={
            "required": "No file was sent. Choose the zip of your PNGs.",
            "empty": "The file is empty. Choose the zip of your PNGs.",
        },
        widget=forms.ClearableFileInput(attrs={"accept": ".zip,application/zip"}),
    )
    upload = forms.UUIDField(required=False, error_messages={"invalid": "This is not the id of an upload."})
    method = forms.CharField(
        max_length=120,
        required=False,
        label="Method",
        validators=[visible],
        help_text="A name for this submission, such as “ResNet-50, epoch 12”. It is public in the API.",
    )
    parameters = CountField(
        required=False,
        label="Parameters",
        help_text="Total of all models used for inference, such as 25.6M. Shown on the leaderboard.",
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    description = forms.CharField(
        max_length=10_000,
        required=False,
        label="Description",
        validators=[partial(visible, also=LINE_BREAKS_AND_TABS)],
        help_text="In Markdown. Only your team and the organisers can read it.",
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    code_url = LinkField(label="Link to code")
    paper_url = LinkField(label="Link to paper")
    project_url = LinkField(label="Link to project")
    rules_kept = forms.BooleanField(required=False, label="We followed the rules of this track", widget=Checkbox)

    def __init__(self, *arguments: Any, phase: Phase | None = None, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        if phase:
            self._require_fields(phase)
        if self.data.get("upload"):
            self.fields["archive"].required = False
        for field in self.fields.values():
            if field.required:  # the page's script shows it before a long upload
                field.widget.attrs["data-missing"] = field.error_messages["required"]

    def _require_fields(self, phase: Phase) -> None:
        for name in required_fields(phase):
            self.fields[name].required = True
            self.fields[name].error_messages["required"] = str(MethodIncomplete(name, phase.track))
        if phase.track.parameter_limit:
            self.fields["parameters"].help_text += f" {phase.track.parameter_rule}"

    def clean(self) -> None:
        if self.cleaned_data.get("upload") and self.cleaned_data.get("archive"):
            self.add_error("upload", "Send the archive or the id of an upload, not both.")

    def cleaned_method(self) -> Method:
        """Return the method that the valid form describes."""
        cleaned = self.cleaned_data
        fields = {name: cleaned[name] for name in ("description", "parameters", *LINKS)}
        return Method(name=cleaned["method"], rules_kept=cleaned["rules_kept"], **fields)


class PseudonymForm(forms.Form):
    """Form for a pseudonym on a board until a given day; an empty name ends it."""

    name = forms.CharField(
        max_length=PSEUDONYM_LENGTH,
        required=False,
        label="Pseudonym",
        help_text="Leave it empty to show your team name.",
    )
    day = forms.DateField(
        required=False,
        label="Until the end of",
        help_text="A day in UTC. After it your team name is shown.",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    @staticmethod
    def of(entry: Entry | None) -> dict[str, object]:
        """Return the form's initial values: the pseudonym in use."""
        if entry is None or entry.pseudonym_until is None or not entry.hides_team(timezone.now()):
            return {}
        return {"name": entry.pseudonym, "day": entry.pseudonym_until.date()}

    def until(self) -> datetime | None:
        """Return the end of the chosen day."""
        day = self.cleaned_data["day"]
        return datetime.combine(day, time.max.replace(microsecond=0), UTC) if day else None
