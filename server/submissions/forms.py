"""The forms of a submission and of a row on the board; page and API share them."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, time
from typing import Any

from django import forms
from django.utils import timezone

from server.submissions.exceptions import MethodIncomplete
from server.submissions.method import LINKS, Method, required_fields
from server.submissions.models import Entry
from server.tracks.models import Phase


class CountField(forms.Field):
    """A large whole number as people write it: 25600000, 25,600,000 or 25.6M."""

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
    """A box that only a yes ticks: a program’s “no” or “0” declares nothing."""

    YES = frozenset({"on", "true", "yes", "1"})

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> bool:
        return str(data.get(name, "")).strip().lower() in self.YES


class SubmissionForm(forms.Form):
    archive = forms.FileField(
        label="Zip of PNGs",
        allow_empty_file=False,
        error_messages={
            "required": "No file came with the form. Choose the zip of your PNGs.",
            "empty": "The file is empty: it has 0 bytes. Choose the zip of your PNGs.",
        },
        widget=forms.ClearableFileInput(attrs={"accept": ".zip,application/zip"}),
    )
    method = forms.CharField(
        max_length=120,
        required=False,
        label="Method",
        help_text="A name for this submission, such as “ResNet-50, epoch 12”. The API shows it beside your row.",
    )
    parameters = CountField(
        required=False,
        label="Parameters",
        help_text="Of all models that take part in inference together, such as 25.6M. They stand beside your row.",
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    description = forms.CharField(
        max_length=10_000,
        required=False,
        label="Description",
        help_text="In Markdown. Your team and the organisers read it.",
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    code_url = forms.URLField(max_length=500, required=False, label="Link to code", assume_scheme="https")
    paper_url = forms.URLField(max_length=500, required=False, label="Link to paper", assume_scheme="https")
    project_url = forms.URLField(max_length=500, required=False, label="Link to project", assume_scheme="https")
    rules_kept = forms.BooleanField(required=False, label="We kept the rules of this track", widget=Checkbox)

    def __init__(self, *arguments: Any, phase: Phase | None = None, **facts: Any) -> None:
        super().__init__(*arguments, **facts)
        if phase:
            self._ask_for_what_must_be_said(phase)
        for field in self.fields.values():
            if field.required:  # the page's script says it before a long upload
                field.widget.attrs["data-missing"] = field.error_messages["required"]

    def _ask_for_what_must_be_said(self, phase: Phase) -> None:
        for name in required_fields(phase):
            self.fields[name].required = True
            self.fields[name].error_messages["required"] = str(MethodIncomplete(name, phase.track))
        if phase.track.parameter_limit:
            self.fields["parameters"].help_text += f" {phase.track.parameter_rule}"

    def said(self) -> Method:
        """The words of the valid form."""
        cleaned = self.cleaned_data
        words = {name: cleaned[name] for name in ("description", "parameters", *LINKS)}
        return Method(name=cleaned["method"], rules_kept=cleaned["rules_kept"], **words)


class PseudonymForm(forms.Form):
    """Another name on a board until a day; an empty name ends it."""

    name = forms.CharField(
        max_length=60, required=False, label="Pseudonym", help_text="Leave it empty to stand under your own name."
    )
    day = forms.DateField(
        required=False,
        label="Until the end of",
        help_text="A day in UTC. After it your own name is shown.",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    @staticmethod
    def of(entry: Entry | None) -> dict[str, object]:
        """What the form begins with: the pseudonym that is shown now."""
        if entry is None or not entry.hides_team(timezone.now()):
            return {}
        return {"name": entry.pseudonym, "day": entry.pseudonym_until.date()}

    def until(self) -> datetime | None:
        day = self.cleaned_data["day"]
        return datetime.combine(day, time.max.replace(microsecond=0), UTC) if day else None
