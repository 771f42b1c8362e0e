"""The submission's form as programs send it: the page's form and the phase's id."""

from collections.abc import Iterable

from django import forms
from rest_framework.exceptions import ValidationError

from server.submissions.forms import SubmissionForm
from server.tracks.models import Phase


class ApiSubmissionForm(SubmissionForm):
    phase = forms.ModelChoiceField(
        Phase.objects.select_related("track"),
        error_messages={
            "required": "Name the phase by its id; /api/v1/phases/ lists them.",
            "invalid_choice": "There is no phase with this id; /api/v1/phases/ lists them.",
        },
    )


def check_no_unknown_fields(sent: Iterable[str], known: Iterable[str]) -> None:
    """A misspelt field would be lost in silence, so it is an error."""
    unknown = sorted(set(sent) - set(known))
    if unknown:
        taken = ", ".join(known) or "none"
        raise ValidationError({name: [f"There is no such field. Fields here: {taken}."] for name in unknown})
