"""The form of the mails a person wants."""

from typing import Any

from django import forms

from server.notices.models import Kind
from server.notices.services import MAY_BE_MUTED

WORDS = {
    Kind.SCORED: "a submission of my team is scored",
    Kind.REJECTED: "a submission of my team is rejected, with the first problems",
    Kind.FAILED: "the server failed to score a submission of my team",
    Kind.DEADLINE: "a phase closes in three days or in one, and my team has slots left there",
    Kind.INVITED: "a captain invites me into a team",
}


class ChoiceForm(forms.Form):
    """One checkbox for each kind of mail that can be switched off."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        for kind in MAY_BE_MUTED:
            self.fields[kind.value] = forms.BooleanField(label=WORDS[kind], required=False)

    def kinds(self) -> list[str]:
        return [kind for kind, wanted in self.cleaned_data.items() if wanted]
