"""Forms for team names and invitations."""

from collections.abc import Callable

from django import forms

from server.accounts.addresses import ChecksAddresses
from server.teams.exceptions import NameRefused
from server.teams.models import AFFILIATION_LENGTH, NAME_LENGTH
from server.teams.names import tidy, tidy_team_name


class NamesForm(forms.Form):
    """Team name and affiliation, to create or rename a team."""

    name = forms.CharField(
        max_length=NAME_LENGTH, label="Team name", help_text="Shown on the leaderboards, such as “VL-task1”."
    )
    affiliation = forms.CharField(
        max_length=AFFILIATION_LENGTH,
        required=False,
        label="Affiliation",
        help_text="Shown below the team name, such as “Seoul National University”.",
    )

    def clean_name(self) -> str:
        return tidied(tidy_team_name, self.cleaned_data["name"], NAME_LENGTH)

    def clean_affiliation(self) -> str:
        return tidied(tidy, self.cleaned_data["affiliation"], AFFILIATION_LENGTH)


class InvitePersonForm(ChecksAddresses):
    """E-mail address of a person to invite."""

    email = forms.EmailField(
        label="E-mail address",
        max_length=254,
        help_text="We send an invitation that only the owner of this address can use, once.",
    )


def tidied(tidy: Callable[[str, int], str], name: str, longest: int) -> str:
    """Return the name as the services store it. Raises ValidationError where they refuse it."""
    try:
        return tidy(name, longest)
    except NameRefused as refusal:
        raise forms.ValidationError(str(refusal)) from refusal
