"""Form to upload ground truth; each option of the track's scorer is a field of its own."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from server.tracks.models import Split, Track
from server.uploads import IncomingArchive

REASON_LENGTH = 500
OPTION = "option_"  # begins the names of the fields that are options


class OptionsForm(forms.Form):
    """The options of a track's scorer, each a field of its own."""

    def __init__(
        self, *args: Any, track: Track, present: Mapping[str, object] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.defaults = track.description.options
        for name, default in self.defaults.items():
            self.fields[OPTION + name] = field = _field(name, default)
            field.initial = (present or self.defaults).get(name, default)

    @property
    def options(self) -> dict[str, object]:
        """The options that differ from the scorer's defaults."""
        chosen = {name: self.cleaned_data[OPTION + name] for name in self.defaults}
        return {name: value for name, value in chosen.items() if value != self.defaults[name]}


class UploadForm(OptionsForm):
    """A draft of a track's ground truth."""

    split = forms.ChoiceField(choices=Split.choices, widget=forms.RadioSelect)
    file = forms.FileField(
        label="Zip of PNGs",
        help_text="One PNG per image, named <code>&lt;image id&gt;.png</code>. A worker packs and verifies it; it "
        "cannot be downloaded again.",
    )
    listed_ids = forms.CharField(
        label="List of image ids",
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="One per line. The draft then says which images have no map, and which maps are of no image.",
    )
    publish_when_ready = forms.BooleanField(
        required=False,
        label="Publish it when it is ready, if no leaderboard changes",
    )

    def clean_file(self) -> IncomingArchive:
        file: IncomingArchive = self.cleaned_data["file"]
        if why := file.why_no_zip():
            raise ValidationError(f"“{file.name}” is not a zip archive. {why}")
        return file


def _field(name: str, default: object) -> forms.Field:
    """Return the field of an option, by the kind of its default."""
    words = {None: "none", True: "yes", False: "no"}
    shown = words[default] if default is None or isinstance(default, bool) else default
    facts: dict[str, Any] = {
        "label": f"Option {name}",
        "required": default is not None and not isinstance(default, bool),
        "help_text": f"The scorer’s default is {shown}." + (" Empty for none." if default is None else ""),
    }
    if isinstance(default, bool):
        return forms.BooleanField(**facts)
    if default is None or isinstance(default, int):
        return forms.IntegerField(min_value=0, **facts)
    return forms.CharField(max_length=100, **facts)


class ReasonActForm(forms.Form):
    """For programs: a dry run needs no reason."""

    reason = forms.CharField(max_length=REASON_LENGTH, required=False)


class ReasonForm(forms.Form):
    reason = forms.CharField(
        max_length=REASON_LENGTH,
        help_text="The audit log keeps it.",
        error_messages={"required": "Give the reason. The audit log keeps it."},
    )
    seen = forms.CharField(widget=forms.HiddenInput)
