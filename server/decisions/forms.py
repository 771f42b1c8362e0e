"""Forms of organisers' decisions: what to do, why, and whether to mail the team; pages and API take them."""

from django import forms
from django.db.models import QuerySet
from django.utils import timezone

from leaderboard.models import Review
from server.submissions.slot_grants import MOST, REASON_LENGTH
from server.teams.forms import NamesForm
from server.tracks.models import Phase

LONGEST_REASON = 500


class ActForm(forms.Form):
    """Reason and mail, which every decision has."""

    reason = forms.CharField(
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Give the reason: a decision without one cannot be defended later."},
        help_text="The team gets it by mail, and the audit log keeps it.",
    )
    tell = forms.BooleanField(
        required=False,
        initial=True,
        label="Mail the team",
        help_text="To all its members, whatever they turned off.",
    )
    field_order = ("verdict", "name", "affiliation", "phase", "extra", "reason", "tell")


class ReasonForm(forms.Form):
    """Of decisions that no team is told of."""

    reason = forms.CharField(
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages=ActForm.base_fields["reason"].error_messages,
        help_text="The audit log keeps it; no team sees it.",
    )


class ReviewForm(ActForm):
    verdict = forms.ChoiceField(choices=Review.Verdict.choices, label="This submission is")

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        reason = self.fields["reason"]
        reason.help_text = f"{reason.help_text} Of a disqualification it is public: on the board and in the log."


class RenameForm(ActForm, NamesForm):
    pass


class SlotsForm(ActForm):
    phase = forms.ModelChoiceField(
        Phase.objects.none(), help_text="If the quota is per month or day, the slots are for the current one."
    )
    extra = forms.IntegerField(min_value=1, max_value=MOST, initial=1, label="Slots beside the quota")

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["phase"].queryset = not_over()  # type: ignore[attr-defined]
        self.fields["reason"] = forms.CharField(
            max_length=REASON_LENGTH,
            error_messages=ActForm.base_fields["reason"].error_messages,
            help_text="Shown in the quota history, and mailed.",
        )
        self.order_fields(self.field_order)


class SlotsForAllForm(SlotsForm):
    """The same for every team that has members now."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["tell"].label = "Mail the teams"
        self.fields["reason"].help_text = "Shown in each quota history and in the public log, and mailed."


def not_over() -> QuerySet[Phase]:
    """The phases that have not closed: to grant slots in another, extend it first."""
    return Phase.objects.not_closed_at(timezone.now()).select_related("track")
