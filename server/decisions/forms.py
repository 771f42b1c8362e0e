"""Forms of organisers' decisions: what to do, why, and whether to mail the team; pages and API take them."""

from collections.abc import Iterator

from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone

from leaderboard.models import Review
from server.accounts.models import User
from server.submissions.slot_grants import MOST, REASON_LENGTH
from server.teams.forms import NamesForm
from server.teams.models import Membership, Team
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
    field_order = (
        *("account", "member", "scope", "verdict", "name", "affiliation", "phase", "extra"),
        *("reason", "tell"),
    )


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


class DisqualifyForm(ActForm):
    """Its `scope` is cleaned into the phases that are meant: one, those of a track or edition, or all."""

    scope = forms.ChoiceField(
        label="In",
        error_messages={
            "invalid_choice": "Choose a phase, a track, an edition or all phases; “%(value)s” is none of them."
        },
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["reason"].help_text = "Public: on the boards and in the log of decisions. Mailed to the team."
        self.meant: dict[str, tuple[Phase, ...]] = {}
        choices = [("", "Choose")]
        for key, words, phases in _scopes():
            self.meant[key] = tuple(phases)
            choices.append((key, words))
        self.fields["scope"].choices = choices  # type: ignore[attr-defined]

    def clean_scope(self) -> tuple[Phase, ...]:
        return self.meant[self.cleaned_data["scope"]]


def _scopes() -> Iterator[tuple[str, str, list[Phase]]]:
    """Yield what a team can be disqualified in, the widest first: its key, its words, its phases."""
    phases = list(Phase.objects.select_related("track__edition"))
    tracks = dict.fromkeys(phase.track for phase in phases)
    editions = dict.fromkeys(track.edition for track in tracks)
    yield "all", "All phases of all tracks", phases
    for edition in editions if len(editions) > 1 else ():
        within = [phase for phase in phases if phase.track.edition_id == edition.pk]
        yield f"edition:{edition.slug}", f"All phases of {edition}", within
    for track in tracks:
        of_track = [phase for phase in phases if phase.track_id == track.pk]
        yield f"track:{track.slug}", f"All phases of {track.title_in_lists}", of_track
    for phase in phases:
        yield f"phase:{phase.pk}", f"{phase.track.title_in_lists}: {phase.title}", [phase]


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


class MemberField(forms.ModelChoiceField):
    def label_from_instance(self, member: User) -> str:
        return f"{member}, {member.email}"


class CaptainForm(ActForm):
    member = MemberField(
        User.objects.filter(membership__isnull=False),
        label="The new captain",
        error_messages={
            "required": "Choose the member who becomes the captain.",
            "invalid_choice": "No member has this id. Nothing was changed.",
        },
    )

    def offer_members_of(self, team: Team) -> None:
        """Offer those who could become the captain."""
        others = User.objects.filter(membership__in=team.memberships.exclude(role=Membership.Role.CAPTAIN))
        self.fields["member"].queryset = others  # type: ignore[attr-defined]
        if not others:
            self.fields["member"].help_text = "The team has no other member: somebody has to join it first."


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
