"""Form of a submission by API: the page's form plus the phase's id."""

from django import forms

from server.submissions.forms import SubmissionForm
from server.tracks.models import Phase


class ApiSubmissionForm(SubmissionForm):
    phase = forms.ModelChoiceField(
        Phase.objects.listed().select_related("track__edition"),
        error_messages={
            "required": "Send the phase's id; /api/v1/phases/ lists them.",
            "invalid_choice": "There is no phase with this id; /api/v1/phases/ lists them.",
        },
    )
