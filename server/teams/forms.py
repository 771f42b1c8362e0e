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

    def clean_username(self) -> str:
        return _visible(self.cleaned_data["username"])

    def clean_name(self) -> str:
        return _visible(self.cleaned_data["name"])


def _visible(name: str) -> str:
    """Refuse characters that nobody sees: they turn text around, or make two names look the same."""
    if not name.isprintable():
        raise forms.ValidationError(
            "Leave out characters that cannot be seen, such as those that turn text around."
        )
    return name
