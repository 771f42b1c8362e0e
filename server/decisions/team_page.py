"""What organisers see on the page of a team."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from allauth.account.models import EmailAddress
from django.db.models import Count, Max, Min, Prefetch, Q
from django.utils import timezone

from server.audit.models import AuditLogEntry
from server.outbox.models import OutboxEmail
from server.submissions import slots
from server.submissions.duplicate_archives import of_several_teams
from server.submissions.models import Evaluation, State, Submission, TeamDisqualification
from server.teams.models import Membership, Team
from server.teams.team_locks import as_of_now
from server.tracks.models import Phase

LATEST = 20


@dataclass(frozen=True)
class Quota:
    """A team's slots in the present quota window of a phase, or in the one of its close."""

    phase: Phase
    taken: int
    limit: int
    granted: int
    over: bool

    @property
    def left(self) -> int:
        return max(0, self.limit - self.taken)


@dataclass(frozen=True)
class SubmissionRow:
    submission: Submission
    state: str
    score: str
    flags: list[str]


def context_of(team: Team) -> dict[str, object]:
    return {
        "team": team,
        "members": _members(team),
        "past": team.past_memberships.select_related("user", "ended_by"),
        "locks": as_of_now(team.team_locks.select_related("user", "team").order_by("-since")),
        "disqualifications": _disqualifications(team),
        "quotas": _quotas(team),
        "submissions": _submissions(team),
        "mails": _mails(team),
        "entries": AuditLogEntry.objects.about(team).select_related("by")[:LATEST],
    }


def state_of(submission: Submission) -> str:
    evaluation = _current(submission)
    return State(evaluation.state).label if evaluation else ""


def _members(team: Team) -> list[tuple[Membership, bool]]:
    """The members, and whether the address of each is verified."""
    addresses = EmailAddress.objects.filter(verified=True, user__membership__team=team)
    verified = set(addresses.values_list("user_id", "email"))
    members = team.memberships.select_related("user")
    return [(member, (member.user_id, member.user.email) in verified) for member in members]


def _disqualifications(team: Team) -> list[list[TeamDisqualification]]:
    """The rows of each act, the latest first."""
    rows = team.disqualifications.select_related("phase__track", "by").order_by("-at", "act", "phase")
    return [list(act) for _, act in groupby(rows, key=lambda row: row.act)]


def _quotas(team: Team) -> list[Quota]:
    """Of the phases that are not over, and of those that the team took part in."""
    now = timezone.now()
    used = Q(pk__in=team.slots.order_by().values("phase")) | Q(pk__in=team.grants.order_by().values("phase"))
    not_over = Q(pk__in=Phase.objects.listed().not_closed_at(now).values("pk"))
    return [_quota(team, phase, now) for phase in Phase.objects.filter(used | not_over).select_related("track")]


def _quota(team: Team, phase: Phase, now: datetime) -> Quota:
    over = phase.closes_at is not None and phase.closes_at <= now
    at = phase.closes_at if over and phase.closes_at else max(now, phase.opens_at)
    total = slots.limit(team, phase, at)
    return Quota(phase, slots.taken(team, phase, at), total, total - phase.limit, over)


def _submissions(team: Team) -> list[SubmissionRow]:
    current = Evaluation.objects.current_first().defer("curve", "per_class", "problems", "warnings")
    rows = team.submissions.select_related("phase__track").prefetch_related(
        Prefetch("evaluations", current), "reviews", "look_alikes", "later_look_alikes"
    )
    copied = set(of_several_teams().values_list("sha256", flat=True))
    return [SubmissionRow(row, state_of(row), _score(row), _flags(row, copied)) for row in rows]


def _current(submission: Submission) -> Evaluation | None:
    return next(iter(submission.evaluations.all()), None)


def _score(submission: Submission) -> str:
    evaluation, track = _current(submission), submission.phase.track
    if evaluation is None or evaluation.state != State.SCORED or track.scorer_error:
        return ""
    headline = track.description.headline
    return headline.show_with_unit(evaluation.score(headline.key))


def _flags(submission: Submission, copied: set[str]) -> list[str]:
    verdicts = [review.get_verdict_display() for review in submission.reviews.all() if not review.undone_at]
    if submission.sha256 in copied:
        verdicts.append("same bytes as another team’s")
    alike = [*submission.look_alikes.all(), *submission.later_look_alikes.all()]
    if not all(found.dismissed_at for found in alike):
        verdicts.append("maps equal to another team’s")
    return verdicts


def _mails(team: Team) -> list[Mapping[str, object]]:
    """The latest mails to its members: what they say, to how many, since when, and how many left."""
    to_members = OutboxEmail.objects.filter(user__membership__team=team).order_by()
    grouped = to_members.values("kind", "subject").annotate(
        count=Count("pk"), first=Min("created_at"), last=Max("created_at"), sent=Count("sent_at")
    )
    return [*grouped.order_by("-last")[:LATEST]]
