"""Forms about a person and their tokens."""

from django import forms
from django.http import HttpRequest

from server.accounts.models import ApiToken, User


class NameForm(forms.Form):
    """What sign-up asks beside address and password."""

    name = forms.CharField(max_length=100, label="Your name", help_text="Shown to your team and the organisers.")
    field_order = ["name", "email", "password1", "password2"]

    def signup(self, request: HttpRequest, user: User) -> None:
        user.name = self.cleaned_data["name"]
        user.save(update_fields=["name"])


class ProfileForm(forms.ModelForm):
    class Meta:
        model = User
        fields = ["name"]


class TokenForm(forms.Form):
    """A new token: what for, what it may do, how long."""

    label = forms.CharField(max_length=60, help_text="What it is for, such as “training cluster”.")
    scope = forms.ChoiceField(choices=ApiToken.Scope.choices, initial=ApiToken.Scope.SUBMIT, label="It may")
    days = forms.TypedChoiceField(
        label="Ends after",
        coerce=lambda days: int(days) or None,
        empty_value=None,
        choices=[(90, "90 days"), (365, "a year"), (0, "never")],
    )
