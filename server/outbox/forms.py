"""Form for the kinds of e-mail a person gets."""

from django import forms

from server.outbox.models import EmailKind
from server.outbox.services import OPTIONAL_KINDS

LABELS = {
    EmailKind.SCORED: "a submission of my team is scored",
    EmailKind.REJECTED: "a submission of my team is rejected, with the first problems",
    EmailKind.FAILED: "the server failed to score a submission of my team",
    EmailKind.RESCORED: "the organisers have submissions of my team scored again, with both scores",
    EmailKind.DEADLINE: "a phase closes in three days or in one, and my team has slots left there",
    EmailKind.ANNOUNCEMENT: "the organisers announce something to my team",
    EmailKind.INVITED: "a captain invites me into a team",
}


class EmailPreferencesForm(forms.Form):
    """One checkbox for each kind of e-mail that can be turned off."""

    kinds = forms.MultipleChoiceField(
        label="Send me an e-mail when",
        choices=[(kind.value, LABELS[kind]) for kind in OPTIONAL_KINDS],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
