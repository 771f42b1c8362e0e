"""Forms about a team."""

from collections.abc import Callable

from django import forms

from server.teams.exceptions import NameRefused
from server.teams.models import Team
from server.teams.names import tidy, tidy_team_name


class NamesForm(forms.Form):
    """What a team is called: when it is created, and later."""

    name = forms.CharField(max_length=60, help_text="Stands on the leaderboards, such as “VL-task1”.")
    affiliation = forms.CharField(
        max_length=120,
        required=False,
        label="Team or affiliation",
        help_text="Stands beside the name, such as “Seoul National University”.",
    )

    def clean_name(self) -> str:
        return tidied(tidy_team_name, self.cleaned_data["name"], "name")

    def clean_affiliation(self) -> str:
        return tidied(tidy, self.cleaned_data["affiliation"], "affiliation")


class InvitePersonForm(forms.Form):
    """Whom to invite."""

    email = forms.EmailField(
        label="E-mail address",
        max_length=254,
        help_text="We mail an invitation that only the owner of this address can use, once.",
    )


def tidied(tidy: Callable[[str, int], str], name: str, field: str) -> str:
    """The name as the services keep it, or their refusal as an error of the form's field."""
    try:
        return tidy(name, Team._meta.get_field(field).max_length)
    except NameRefused as refusal:
        raise forms.ValidationError(str(refusal)) from refusal
