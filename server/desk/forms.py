"""Form of the desk."""

from django import forms

from server.desk.models import PutAway


class PutAwayForm(forms.Form):
    """Which line to leave off the desk."""

    key = forms.CharField(max_length=PutAway._meta.get_field("key").max_length)
