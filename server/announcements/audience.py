"""Audience of an announcement: which teams, and which of their members get the mail."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from allauth.account.models import EmailAddress
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.text import get_text_list

from server.outbox.models import EmailKind, EmailOptOut
from server.submissions.models import Submission
from server.submissions.slots import teams_with_slots
from server.teams.models import Membership, Team
from server.tracks.models import Phase, Track


@dataclass(frozen=True)
class Audience:
    """Who is meant. The parts narrow each other down; an empty part narrows nothing. Empty: all teams.

    A team belongs to a track or phase if it has submitted there or, until that closes, can submit there.
    """

    tracks: tuple[Track, ...] = ()
    phases: tuple[Phase, ...] = ()
    teams: tuple[Team, ...] = ()
    has_submitted: bool = False
    has_slots_left: bool = False

    def __str__(self) -> str:
        """Return the audience in words, such as “teams of Track 1 that have submitted there”."""
        who = f"the team{'s' * (len(self.teams) > 1)} {_listed(self.teams)}" if self.teams else "all teams"
        places = (*self.tracks, *self.phases)
        where = f" of {_listed(places)}" if places else ""
        wanted = [
            f"ha{'s' if len(self.teams) == 1 else 've'} {what}{' there' if places else ''}"
            for what, wished in (("submitted", self.has_submitted), ("slots left", self.has_slots_left))
            if wished
        ]
        return f"{who}{where}{' that ' + ' and '.join(wanted) if wanted else ''}"


EVERYBODY = Audience()


def _listed(rows: Iterable[object]) -> str:
    return get_text_list([str(row) for row in rows], "and")


def teams_of(audience: Audience, now: datetime) -> set[UUID]:
    """Return the keys of the teams that are meant now."""
    meant = set(Team.objects.filter(archived_at=None).values_list("pk", flat=True))
    if audience.teams:
        meant &= {team.pk for team in audience.teams}
    if not (audience.tracks or audience.phases or audience.has_submitted or audience.has_slots_left):
        return meant
    submitted, can_submit = _submitted_to(audience), _with_slots_in(audience, now)
    if audience.has_submitted:
        meant &= submitted
    if audience.has_slots_left:
        meant &= can_submit
    return meant & (submitted | can_submit) if audience.tracks or audience.phases else meant


def _phases_of(audience: Audience) -> list[Phase]:
    chosen = Phase.objects.select_related("track")
    if audience.tracks or audience.phases:
        chosen = chosen.filter(Q(track__in=audience.tracks) | Q(pk__in=[phase.pk for phase in audience.phases]))
    return list(chosen)


def _submitted_to(audience: Audience) -> set[UUID]:
    submissions = Submission.objects.filter(phase__in=_phases_of(audience))
    return set(submissions.order_by().values_list("team", flat=True).distinct())


def _with_slots_in(audience: Audience, now: datetime) -> set[UUID]:
    return {team for phase in _phases_of(audience) for team in teams_with_slots(phase, now)}


@dataclass(frozen=True)
class Recipients:
    """The memberships whose people get the mail, and how many of those that are meant turned such mails off."""

    memberships: tuple[Membership, ...]
    opted_out: int

    @property
    def team_count(self) -> int:
        return len({membership.team_id for membership in self.memberships})

    @property
    def people_count(self) -> int:
        return len({membership.user_id for membership in self.memberships})


def recipients_of(audience: Audience, *, important: bool) -> Recipients:
    """Return who would get the mail now: active members with a verified address; by team."""
    verified = EmailAddress.objects.filter(
        user=OuterRef("user"), email__iexact=OuterRef("user__email"), verified=True
    )
    opted_out = EmailOptOut.objects.filter(user=OuterRef("user"), kind=EmailKind.ANNOUNCEMENT)
    teams = teams_of(audience, timezone.now())
    meant = Membership.objects.filter(Exists(verified), user__is_active=True).annotate(off=Exists(opted_out))
    ordered = meant.select_related("user", "team").order_by("team__name", "joined_at")
    members = [membership for membership in ordered if membership.team_id in teams]
    mailed = tuple(member for member in members if important or not member.off)
    return Recipients(mailed, len(members) - len(mailed))
