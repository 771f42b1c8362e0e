"""Forms of the API: a submission (the page's form plus the phase's id), and the beginning of an upload."""

from django import forms

from server.submissions.forms import RefusableForm, SubmissionForm, visible
from server.tracks.models import Phase


class ApiSubmissionForm(SubmissionForm):
    phase = forms.ModelChoiceField(
        Phase.objects.select_related("track"),
        error_messages={
            "required": "Send the phase's id; /api/v1/phases/ lists them.",
            "invalid_choice": "There is no phase with this id; /api/v1/phases/ lists them.",
        },
    )


class UploadForm(RefusableForm):
    """Form of the headers that begin a resumable upload."""

    phase = ApiSubmissionForm.base_fields["phase"]
    filename = forms.CharField(max_length=200, required=False, validators=[visible])
    sha256 = forms.RegexField(
        r"^[0-9A-Fa-f]{64}\Z",
        required=False,
        error_messages={"invalid": "Send the 64 hexadecimal digits of the hash."},
    )
    length = forms.IntegerField(
        min_value=1,
        error_messages={
            "required": "Send the file's size in bytes in the header Upload-Length.",
            "min_value": "The file is empty. Send the zip of your PNGs.",
        },
    )
