"""Forms for accounts, passwords and API tokens."""

from typing import Any, cast

from allauth.account import forms as allauth
from allauth.account.models import EmailAddress
from django import forms
from django.http import HttpRequest

from server.accounts import services
from server.accounts.addresses import ChecksAddresses
from server.accounts.models import NAME_LENGTH, ApiToken, User
from server.names import as_form_errors, tidy


class TidiesName(forms.Form):
    """Mixin for forms with a person's name: one that is new or changed follows the rules for names."""

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if "name" not in self.changed_data:
            return name
        with as_form_errors():
            return tidy(name, NAME_LENGTH)


class SignUpForm(TidiesName, ChecksAddresses, allauth.SignupForm):
    name = forms.CharField(
        max_length=NAME_LENGTH,
        label="Your name",
        help_text="Shown to your team and the organisers.",
    )
    field_order = ["name", "email", "password1", "password2"]

    def validate_unique_email(self, value: str) -> str:
        """Treat an address as taken if an account signed up with it or verified it; adding it is not enough."""
        email: str = super().validate_unique_email(value)
        self.account_already_exists = (
            User.objects.filter(email__iexact=email).exists()
            or EmailAddress.objects.filter(email=email, verified=True).exists()
        )
        return email

    def signup(self, request: HttpRequest, user: User) -> None:
        user.name = self.cleaned_data["name"]
        user.save(update_fields=["name"])


class ResetForm(ChecksAddresses, allauth.ResetPasswordForm):
    users: list[User]  # those with the address, set by allauth's clean_email

    def clean_email(self) -> str:
        """Send no link to an address that somebody added to their account but never verified."""
        email: str = super().clean_email()
        self.users = [user for user in self.users if _owns_address(user, email.lower())]
        return email


def _owns_address(user: User, email: str) -> bool:
    return (
        user.email.lower() == email or EmailAddress.objects.filter(user=user, email=email, verified=True).exists()
    )


class AddAddressForm(ChecksAddresses, allauth.AddEmailForm):
    pass


class RevokesTokens(allauth.PasswordVerificationMixin, forms.Form):
    """Mixin for allauth's password forms that lets a new password revoke all API tokens too."""

    revoke_tokens = forms.BooleanField(
        required=False,
        label="Revoke my API tokens as well",
        help_text="All your other sessions end in any case. Your tokens keep working unless you tick this.",
    )

    def save(self) -> None:
        super().save()
        if self.cleaned_data["revoke_tokens"]:
            services.revoke_tokens(self.user)


class ChangePasswordForm(RevokesTokens, allauth.ChangePasswordForm):
    field_order = ["oldpassword", "password1", "password2", "revoke_tokens"]


class NewPasswordForm(RevokesTokens, allauth.ResetPasswordKeyForm):
    field_order = ["password1", "password2", "revoke_tokens"]


class ProfileForm(TidiesName, forms.ModelForm):
    class Meta:
        model = User
        fields = ["name"]

    def save(self, commit: bool = True) -> User:
        user: User = super().save(commit)
        services.note_former(user, self.initial["name"])
        return user


class TokenForm(forms.Form):
    """Form for a new token: label, scope, lifetime. Only organisers may choose the scope of organisers."""

    label = forms.CharField(max_length=60, help_text="What it is for, such as “training cluster”.")
    scope = forms.ChoiceField(choices=ApiToken.Scope.choices, initial=ApiToken.Scope.SUBMIT, label="Permissions")
    days = forms.TypedChoiceField(
        label="Expires after",
        coerce=lambda days: int(days) or None,
        empty_value=None,
        choices=[(90, "90 days"), (365, "a year"), (0, "never")],
    )

    def __init__(self, *args: Any, organiser: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not organiser:
            scopes = [choice for choice in ApiToken.Scope.choices if choice[0] != ApiToken.Scope.ADMIN]
            cast(forms.ChoiceField, self.fields["scope"]).choices = scopes
