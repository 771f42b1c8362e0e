"""Forms of verification cases, for pages and programs."""

import re
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django import forms

from server.acts import ReasonMissing
from server.submissions.forms import LINE_BREAKS_AND_TABS, CountField, visible
from server.submissions.models import Submission
from server.time_format import InvalidTime, format_iso, parse_time
from server.verification.due_dates import usual_due_date
from server.verification.exceptions import NothingChosen
from server.verification.models import REASON_LENGTH, CaseFile, CaseState
from server.verification.opening import ASKED_FOR
from server.verification.sending import CodeLink
from server.verification.verdicts import Verdict

LONGEST_TEXT = 4000
COMMIT = re.compile(r"[0-9a-fA-F]{7,64}")


def visible_lines(text: str) -> None:
    visible(text, also=LINE_BREAKS_AND_TABS)


class DueField(forms.CharField):
    """A time in UTC; empty: the usual due date."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"})

    def __init__(self, **keywords: Any) -> None:
        said: dict[str, Any] = {
            "required": False,
            "help_text": "In UTC; if empty, the end of the day a week from now.",
        }
        super().__init__(**said | keywords)

    def clean(self, value: Any) -> datetime:
        text = super().clean(value)
        try:
            return parse_time(text) if text else usual_due_date()
        except InvalidTime as error:
            raise forms.ValidationError(str(error)) from error

    def prepare_value(self, value: Any) -> Any:
        return format_iso(value).removesuffix("Z") if isinstance(value, datetime) else value


class ReasonForm(forms.Form):
    reason = forms.CharField(
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": str(ReasonMissing())},
        help_text="The team gets it by mail, and the audit log keeps it.",
    )


class OpenForm(forms.Form):
    """Which submissions, what their teams are asked for, until when."""

    submissions = forms.ModelMultipleChoiceField(
        Submission.objects.select_related("team", "phase__track"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": str(NothingChosen())},
    )
    due_at = DueField(label="Due")
    asked_for = forms.CharField(
        label="What to send",
        max_length=LONGEST_TEXT,
        required=False,
        initial=ASKED_FOR,
        widget=forms.Textarea(attrs={"rows": 5}),
        validators=[visible_lines],
        help_text="It completes the mail’s “your team is asked to send”.",
    )

    def clean_asked_for(self) -> str:
        return self.cleaned_data["asked_for"].strip() or ASKED_FOR


class ExtendForm(ReasonForm):
    due_at = DueField(label="New due date", help_text="In UTC.", required=True)
    field_order = ("due_at", "reason")


class VerdictForm(ReasonForm):
    """How the case ends, and what follows if it is rejected."""

    verdict = forms.ChoiceField(
        label="The case is",
        choices=[
            (CaseState.ACCEPTED, "accepted: the row gets the badge “verified”"),
            (CaseState.REJECTED, "rejected: the row is not verified"),
            (CaseState.CALLED_OFF, "called off: nothing more is to be sent"),
        ],
        widget=forms.RadioSelect,
    )
    disqualify = forms.BooleanField(
        label="If it is rejected, disqualify the row",
        required=False,
        help_text="The row stays, struck through, with the reason, which is then public.",
    )
    call_up = forms.BooleanField(
        label="If it is rejected, call up the next team",
        required=False,
        initial=True,
        help_text="A case is opened for the first ranked team of the phase without one.",
    )
    next_due_at = DueField(label="The next team’s code is due")
    field_order = ("verdict", "disqualify", "call_up", "next_due_at", "reason")

    def cleaned_verdict(self) -> Verdict:
        said = self.cleaned_data
        rejected = said["verdict"] == CaseState.REJECTED
        return Verdict(
            state=said["verdict"],
            disqualify=rejected and said["disqualify"],
            next_due_at=said["next_due_at"] if rejected and said["call_up"] else None,
        )


class MessageForm(forms.Form):
    text = forms.CharField(
        label="Message",
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 4}),
        validators=[visible_lines],
        error_messages={"required": "Write the message first."},
    )


class FileForm(forms.Form):
    """A file of the team."""

    kind = forms.ChoiceField(
        label="The file is",
        choices=[
            (CaseFile.Kind.CODE, "an archive of the code"),
            (CaseFile.Kind.WEIGHTS, "weights (safetensors or ONNX)"),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": "Say what the file is."},
    )
    file = forms.FileField(
        label="File",
        allow_empty_file=True,  # the service says what is wrong
        error_messages={"required": "No file was sent. Choose the file."},
    )


class PredictionsForm(forms.Form):
    file = forms.FileField(
        label="Zip of the reproduced predictions",
        allow_empty_file=True,
        error_messages={"required": "No file was sent. Choose the zip."},
        widget=forms.ClearableFileInput(attrs={"accept": ".zip,application/zip"}),
    )


class LinkForm(forms.Form):
    """Where the code is, and how many parameters the team counted."""

    code_url = forms.URLField(
        label="Link to the repository", max_length=500, required=False, assume_scheme="https", validators=[visible]
    )
    commit = forms.CharField(
        max_length=64, required=False, help_text="Its hash, such as 1f3870be27: a branch could change afterwards."
    )
    parameters = CountField(
        label="Parameters",
        required=False,
        help_text="Of all models used for inference, counted by <code>python -m evaluator parameters FILE…</code>",
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )

    def clean_code_url(self) -> str:
        url = str(self.cleaned_data["code_url"])
        if url and urlsplit(url).scheme not in {"http", "https"}:
            raise forms.ValidationError("Give a link that begins with https://.")
        return url

    def clean_commit(self) -> str:
        commit = str(self.cleaned_data["commit"]).strip()
        if commit and not COMMIT.fullmatch(commit):
            raise forms.ValidationError("Give the commit’s hash: 7 to 64 digits and letters from a to f.")
        return commit

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        if bool(said.get("code_url")) != bool(said.get("commit")) and not self.errors:
            self.add_error("commit" if said["code_url"] else "code_url", "Give both the link and the commit.")
        return said

    def cleaned_link(self) -> CodeLink:
        return CodeLink(**{name: self.cleaned_data[name] for name in ("code_url", "commit", "parameters")})
