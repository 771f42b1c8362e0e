"""Forms of erasures: by the owner, and by an organiser."""

from django import forms


class DeleteAccountForm(forms.Form):
    sure = forms.BooleanField(
        label="Delete my account for good",
        error_messages={"required": "Tick this to delete your account. Nothing was changed."},
    )
