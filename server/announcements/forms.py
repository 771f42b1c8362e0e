"""Form of an announcement: what it says, who gets it, where else it stands."""

from datetime import UTC, datetime, time
from typing import Any, ClassVar

from django import forms

from server.announcements.audience import Audience
from server.announcements.exceptions import SubjectMissing, TextMissing
from server.announcements.models import SUBJECT_LENGTH, TEXT_LENGTH, Announcement
from server.announcements.services import CONDITIONS, FIELDS, LISTS
from server.teams.models import Team
from server.tracks.fields import TracksField
from server.tracks.models import Phase, Track


class AnnouncementForm(forms.Form):
    subject = forms.CharField(max_length=SUBJECT_LENGTH, error_messages={"required": str(SubjectMissing())})
    text = forms.CharField(
        max_length=TEXT_LENGTH,
        error_messages={"required": str(TextMissing())},
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text="Markdown. The mail has it as you write it; the site renders it.",
    )
    tracks = TracksField(
        Track.objects.listed().select_related("edition"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Teams that have submitted to one of them or, until it closes, can. None ticked: all teams.",
    )
    phases = forms.ModelMultipleChoiceField(
        Phase.objects.listed().select_related("track"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Likewise, beside the tracks.",
    )
    teams = forms.ModelMultipleChoiceField(
        Team.objects.filter(archived_at=None),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Only these. None ticked: all that the other choices leave.",
    )
    has_submitted = forms.BooleanField(required=False, label="Only teams that have submitted there")
    has_slots_left = forms.BooleanField(required=False, label="Only teams that have slots left there")
    important = forms.BooleanField(
        required=False,
        label="Important: also to those who turned announcements off",
        help_text="For what nobody may miss, such as a moved deadline. The preview says how many that are.",
    )
    on_site = forms.BooleanField(
        required=False,
        label="Also on the site",
        help_text="On the public page, its feed and the log of decisions.",
    )
    banner_until = forms.DateField(
        required=False,
        label="On every page until the end of",
        help_text="A day in UTC. Empty: no banner.",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    WHAT: ClassVar = ("subject", "text")
    WHO: ClassVar = ("tracks", "phases", "has_submitted", "has_slots_left", "teams", "important")
    WHERE: ClassVar = ("on_site", "banner_until")

    def clean_banner_until(self) -> datetime | None:
        """Return the end of the chosen day."""
        day = self.cleaned_data["banner_until"]
        return datetime.combine(day, time.max.replace(microsecond=0), UTC) if day else None

    def audience(self) -> Audience:
        lists: dict[str, Any] = {name: tuple(self.cleaned_data[name]) for name in LISTS}
        return Audience(**lists, **{name: self.cleaned_data[name] for name in CONDITIONS})

    def fields_said(self) -> dict[str, Any]:
        """Return what is neither list nor condition: fields of the announcement itself."""
        return {name: value for name, value in self.cleaned_data.items() if name not in {*LISTS, *CONDITIONS}}

    @staticmethod
    def of(announcement: Announcement) -> dict[str, Any]:
        """Return the form's initial values for a draft."""
        own = {name: getattr(announcement, name) for name in (*FIELDS, *CONDITIONS)}
        until = announcement.banner_until
        chosen = {name: getattr(announcement, name).all() for name in LISTS}
        return {**own, **chosen, "banner_until": until and until.date()}
