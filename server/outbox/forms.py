"""The form of the mails a person wants."""

from django import forms

from server.outbox.models import EmailKind
from server.outbox.services import OPTIONAL_KINDS

WORDS = {
    EmailKind.SCORED: "a submission of my team is scored",
    EmailKind.REJECTED: "a submission of my team is rejected, with the first problems",
    EmailKind.FAILED: "the server failed to score a submission of my team",
    EmailKind.DEADLINE: "a phase closes in three days or in one, and my team has slots left there",
    EmailKind.INVITED: "a captain invites me into a team",
}


class ChoiceForm(forms.Form):
    """One checkbox for each kind of mail that can be switched off."""

    kinds = forms.MultipleChoiceField(
        label="Mail me when",
        choices=[(kind.value, WORDS[kind]) for kind in OPTIONAL_KINDS],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
