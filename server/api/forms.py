"""Form of a submission by API: the page's form plus the phase's id."""

from collections.abc import Iterable

from django import forms
from rest_framework.exceptions import ValidationError

from server.submissions.forms import SubmissionForm
from server.tracks.models import Phase


class ApiSubmissionForm(SubmissionForm):
    phase = forms.ModelChoiceField(
        Phase.objects.select_related("track"),
        error_messages={
            "required": "Send the phase's id; /api/v1/phases/ lists them.",
            "invalid_choice": "There is no phase with this id; /api/v1/phases/ lists them.",
        },
    )


def check_no_unknown_fields(sent: Iterable[str], known: Iterable[str]) -> None:
    """Refuse unknown fields, because a misspelt one would be ignored. Raises ValidationError."""
    unknown = sorted(set(sent) - set(known))
    if unknown:
        accepted = ", ".join(known) or "none"
        raise ValidationError({name: [f"There is no such field. Fields: {accepted}."] for name in unknown})
