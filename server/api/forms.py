"""Forms of the API where they are not a page's: a submission, the beginning of an upload, an invitation."""

from django import forms

from server.accounts.addresses import ChecksAddresses
from server.submissions.forms import RefusableForm, SubmissionForm, visible
from server.tracks.models import Phase

SHA256, NOT_A_SHA256 = r"^[0-9A-Fa-f]{64}\Z", "Send the 64 hexadecimal digits of the hash."


class ApiSubmissionForm(SubmissionForm):
    phase = forms.ModelChoiceField(
        Phase.objects.listed().select_related("track__edition"),
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
        SHA256,
        required=False,
        error_messages={"invalid": NOT_A_SHA256},
    )
    length = forms.IntegerField(
        min_value=1,
        error_messages={
            "required": "Send the file's size in bytes in the header Upload-Length.",
            "min_value": "The file is empty. Send the zip of your PNGs.",
        },
    )


class InviteForm(ChecksAddresses):
    """Form of an invitation, which goes to an address or is a link; two forms of the page in one."""

    email = forms.EmailField(
        max_length=254,
        required=False,
        help_text="Whom to invite: only the owner of this address can use it. Without it, whoever has the link.",
    )
