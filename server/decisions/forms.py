"""Forms of organisers' decisions: what to do, why, and whether to mail the team; pages and API take them."""

from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone

from leaderboard.models import Review
from server.accounts.models import User
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
    field_order = ("account", "scope", "verdict", "name", "affiliation", "phase", "extra", "reason", "tell")


class ReviewForm(ActForm):
    verdict = forms.ChoiceField(choices=Review.Verdict.choices, label="This submission is")

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        reason = self.fields["reason"]
        reason.help_text = f"{reason.help_text} Of a disqualification it is public: on the board and in the log."


class DisqualifyForm(ActForm):
    """Its `scope` is cleaned into the phases that are meant: one, those of a track, or all there are."""

    ALL, TRACK, PHASE = "all", "track", "phase"
    scope = forms.ChoiceField(
        label="In",
        error_messages={"invalid_choice": "Choose a phase, a track or all phases; “%(value)s” is none of them."},
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["reason"].help_text = "Public: on the boards and in the log of decisions. Mailed to the team."
        phases = Phase.objects.select_related("track")
        tracks = dict.fromkeys(phase.track for phase in phases)
        self.meant: dict[str, tuple[Phase, ...]] = {
            **{f"{self.PHASE}:{phase.pk}": (phase,) for phase in phases},
            **{f"{self.TRACK}:{key.slug}": tuple(each for each in phases if each.track == key) for key in tracks},
            self.ALL: tuple(phases),
        }
        names = {self.ALL: "All phases of all tracks"}
        names |= {f"{self.TRACK}:{track.slug}": f"All phases of {track.title}" for track in tracks}
        names |= {f"{self.PHASE}:{phase.pk}": str(phase) for phase in phases}
        self.fields["scope"].choices = [("", "Choose"), *names.items()]  # type: ignore[attr-defined]

    def clean_scope(self) -> tuple[Phase, ...]:
        return self.meant[self.cleaned_data["scope"]]


class EraseForm(ActForm):
    """Names the account by an address; `account` is cleaned into it."""

    account = forms.EmailField(
        label="E-mail address of the account",
        error_messages={"required": "Enter an address of the account that is to be erased."},
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["reason"].help_text = "In the audit log, without the name: who asked for it, and how."
        self.fields["tell"].label = "Mail the team that a member has left"
        self.fields["tell"].help_text = "The person gets no mail: the address is no longer known afterwards."

    def clean_account(self) -> User:
        address = self.cleaned_data["account"]
        owned = Q(emailaddress__email__iexact=address, emailaddress__verified=True)
        if found := User.objects.filter(Q(email__iexact=address) | owned).first():
            return found
        raise forms.ValidationError(f"No account has the address {address}. The pages of teams show addresses.")


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
    return Phase.objects.listed().not_closed_at(timezone.now()).select_related("track")
