"""Forms of final results and paper packs; pages and API take them."""

from django import forms

from server.acts import ReasonMissing
from server.results.exceptions import NoPhaseChosen
from server.results.publication import REASON_LENGTH
from server.tracks.models import Phase


class PhasesForm(forms.Form):
    phases = forms.ModelMultipleChoiceField(
        Phase.objects.select_related("track").order_by("track", "opens_at", "pk"),
        error_messages={"required": str(NoPhaseChosen()), "invalid_choice": "There is no phase %(value)s."},
    )


class ReasonForm(forms.Form):
    reason = forms.CharField(
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": str(ReasonMissing())},
        help_text="Public: it stands on the page, in the log of decisions and in the mail. Name no person.",
    )
    tell = forms.BooleanField(
        required=False,
        initial=True,
        label="Mail the teams that submitted",
        help_text="As an important announcement, which also stands on the site.",
    )


class PublishForm(ReasonForm):
    confirmed = forms.BooleanField(
        required=False, label="The results are final, although the points above are open"
    )


class PublishActForm(PublishForm, PhasesForm):
    """Everything at once, for programs."""
