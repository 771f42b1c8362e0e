"""Form fields: a choice among tracks, and a time in UTC."""

from datetime import datetime
from typing import Any

from django import forms

from server.time_format import InvalidTime, parse_time
from server.tracks.models import Track


class TrackField(forms.ModelChoiceField):
    """A track of any edition."""

    def label_from_instance(self, obj: Track) -> str:
        return obj.title_in_lists


class TracksField(forms.ModelMultipleChoiceField):
    """Tracks of any edition."""

    def label_from_instance(self, obj: Track) -> str:
        return obj.title_in_lists


class UtcField(forms.CharField):
    """A time in UTC, to the second."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local", "step": 1}, format="%Y-%m-%dT%H:%M:%S")

    def clean(self, value: Any) -> datetime | None:
        text = super().clean(value)
        try:
            return parse_time(text) if text else None
        except InvalidTime as error:
            raise forms.ValidationError(str(error)) from error
