"""Form field of a time in UTC."""

from datetime import datetime
from typing import Any

from django import forms

from server.time_format import InvalidTime, parse_time


class UtcField(forms.CharField):
    """A time in UTC, to the second."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local", "step": 1}, format="%Y-%m-%dT%H:%M:%S")

    def clean(self, value: Any) -> datetime | None:
        text = super().clean(value)
        try:
            return parse_time(text) if text else None
        except InvalidTime as error:
            raise forms.ValidationError(str(error)) from error
