"""Forms about a team."""

from django import forms


class FoundForm(forms.Form):
    """A new team."""

    username = forms.CharField(max_length=60, help_text="Stands on the leaderboards, such as “VL-task1”.")
    name = forms.CharField(
        max_length=120,
        required=False,
        label="Team or affiliation",
        help_text="Stands beside the username, such as “Seoul National University”.",
    )
