"""Forms of a change of phases: what is to change, then the reason."""

from collections.abc import Mapping
from typing import Any

from django import forms

from server.phases.changes import IN_ORDER, MOST_HOURS, Act, Change
from server.tracks.fields import UtcField
from server.tracks.models import Phase

REASON_LENGTH = 500


class ChangeForm(forms.Form):
    """Which phases change, and how. Whether that makes sense is for the services to say."""

    phases = forms.ModelMultipleChoiceField(
        Phase.objects.select_related("track").order_by(*IN_ORDER),
        error_messages={
            "required": "Choose at least one phase.",
            "invalid_choice": "There is no phase %(value)s.",
        },
    )
    act = forms.ChoiceField(
        label="What to do",
        choices=Act.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what to do."},
    )
    hours = forms.IntegerField(
        label="Extend by hours",
        required=False,
        min_value=1,
        max_value=MOST_HOURS,
        help_text="Each of the phases closes that much later.",
    )
    opens_at = UtcField(label="New opening, UTC", required=False, help_text="To move the dates.")
    closes_at = UtcField(
        label="New close, UTC", required=False, help_text="To extend (instead of hours), move or reopen."
    )
    no_end = forms.BooleanField(label="Remove the close, to move the dates", required=False)

    @staticmethod
    def change_of(data: Mapping[str, Any]) -> Change:
        """Return the change that the data of a valid form ask for."""
        return Change(**{name: data[name] for name in ("act", "hours", "opens_at", "closes_at", "no_end")})


class ReasonForm(forms.Form):
    """The last step: the reason, and what was shown."""

    reason = forms.CharField(
        max_length=REASON_LENGTH,
        help_text="It stands in the public log and in the draft of the announcement, so name no person.",
        error_messages={"required": "Give the reason: the public log and the audit log keep it."},
    )
    seen = forms.CharField(widget=forms.HiddenInput)
    shown = forms.CharField(widget=forms.HiddenInput, required=False)


class ChangeActForm(ChangeForm):
    """Everything at once, for programs. A dry run needs no reason."""

    reason = forms.CharField(max_length=REASON_LENGTH, required=False)
    confirmed = forms.BooleanField(required=False)


class CloseNowForm(ReasonForm):
    confirmed = forms.BooleanField(
        label="Close now. Nobody can submit to these phases from this moment on.",
        error_messages={"required": "Confirm that the phases close now."},
    )
