"""The CSV files of a paper pack that are read from rows: submissions, members, decisions."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from allauth.account.models import EmailAddress
from django.db.models import Q

from evaluator.contract import UNDEFINED, Metric
from leaderboard.exports.markdown import escaped
from leaderboard.models import Review
from leaderboard.ranking.standings import standings
from server.audit.models import AuditLogEntry, PublicLogEntry
from server.rescores.models import Rescore
from server.spreadsheets import csv_lines
from server.submissions.models import Evaluation, Submission
from server.teams.models import Membership, PastMembership, Team
from server.time_format import format_iso
from server.tracks.models import Phase

Cell = object
SUBMISSION = (
    *("phase", "split", "team", "affiliation", "pseudonym", "method", "parameters", "submitted_at", "received_at"),
    *("state", "withdrawn_at", "reviews", "rank", "rule", "errors"),
)
FILE = ("code_url", "paper_url", "project_url", "file_name", "size", "sha256", "submission")
MEMBER = ("team", "affiliation", "name", "address", "verified", "role", "joined_at", "left_at")
DECISION = ("at", "kind", "about", "what", "reason")


def submissions_csv(phases: Sequence[Phase]) -> str:
    """Every submission with the numbers of its present evaluation, as boards print them."""
    metrics = {metric.key: metric for phase in phases for metric in phase.track.description.columns}
    header = (*SUBMISSION, *(_heading(metric) for metric in metrics.values()), *FILE)
    rows = (row for phase in phases for row in _submissions(phase, list(metrics)))
    return _csv([header, *rows])


def _heading(metric: Metric) -> str:
    return f"{metric.key} ({metric.unit})" if metric.unit else metric.key


def _submissions(phase: Phase, metrics: Sequence[str]) -> Iterator[Iterable[Cell]]:
    board = {row.submission.pk: row for row in standings(phase, include_hidden=True)}
    pseudonyms = {entry.team_id: entry.pseudonym for entry in phase.entries.all()}
    rows = Submission.objects.filter(phase=phase).select_related("team").prefetch_related("reviews")
    for submission in rows.order_by("received_at", "pk"):
        evaluations = submission.evaluations.current_first().select_related("rule")
        evaluation = evaluations.defer("curve", "per_class").first()
        standing = board.get(submission.pk)
        team = submission.team
        yield (
            *(str(phase), phase.split, team.name, team.affiliation, pseudonyms.get(team.pk, "")),
            *(submission.method, submission.parameters, _time(submission.began_at)),
            *(
                _time(submission.received_at),
                evaluation.state if evaluation else "",
                _time(submission.withdrawn_at),
            ),
            "; ".join(review.verdict for review in submission.reviews.all() if not review.undone_at),
            standing.rank if standing else None,
            evaluation.rule.number if evaluation else None,
            "; ".join(sorted({problem["code"] for problem in evaluation.problems})) if evaluation else "",
            *(_score(phase, evaluation, key) for key in metrics),
            *(submission.code_url, submission.paper_url, submission.project_url, submission.original_name),
            *(submission.size, submission.sha256, str(submission.pk)),
        )


def _score(phase: Phase, evaluation: Evaluation | None, key: str) -> str:
    metric = next((one for one in phase.track.description.columns if one.key == key), None)
    printed = metric.show(evaluation.score(key)) if metric and evaluation else ""
    return "" if printed == UNDEFINED else printed


def members_csv(phases: Sequence[Phase]) -> str:
    """The present and past members of all teams that submitted, with their addresses."""
    teams = Team.objects.filter(submissions__phase__in=phases).distinct()
    present = Membership.objects.filter(team__in=teams).select_related("user", "team")
    past = PastMembership.objects.filter(team__in=teams).select_related("user", "team")
    verified = set(EmailAddress.objects.filter(verified=True).values_list("user_id", "email"))
    everyone: list[Membership | PastMembership] = [*present, *past]
    rows = [
        (
            *(one.team.name, one.team.affiliation, one.user.name, one.user.email),
            "yes" if (one.user_id, one.user.email) in verified else "no",
            one.role if isinstance(one, Membership) else "left",
            _time(one.joined_at),
            _time(one.left_at) if isinstance(one, PastMembership) else "",
        )
        for one in everyone
    ]
    return _csv([MEMBER, *sorted(rows)])


@dataclass(frozen=True, order=True)
class DecisionRow:
    at: datetime
    kind: str
    about: str
    what: str
    reason: str

    @property
    def cells(self) -> tuple[str, ...]:
        return format_iso(self.at), self.kind, self.about, self.what, self.reason


def decisions_of(phases: Sequence[Phase]) -> list[DecisionRow]:
    """What organisers decided about phases and their submissions, the oldest first; none of them is named."""
    return sorted([*_public_log(phases), *_reviews(phases), *_rescores(phases), *_phase_changes(phases)])


def decisions_csv(decisions: Iterable[DecisionRow]) -> str:
    return _csv([DECISION, *(row.cells for row in decisions)])


def decisions_markdown(decisions: Iterable[DecisionRow]) -> str:
    lines = [_line(row) for row in decisions] or ["None."]
    return "\n".join(["# Decisions of the organisers", "", *lines, ""])


def _line(row: DecisionRow) -> str:
    at, kind, about, what, reason = (escaped(" ".join(cell.split())) for cell in row.cells)
    return f"- {at} **{kind}**{f' {about}:' if about else ''} {what}{f' Reason: {reason}' if reason else ''}"


def _public_log(phases: Sequence[Phase]) -> Iterator[DecisionRow]:
    tracks = {slug for phase in phases for slug in _slugs(phase)}
    for entry in PublicLogEntry.objects.about_track(sorted(tracks)):
        yield DecisionRow(entry.at, "public log", entry.about, entry.text, "")


def _slugs(phase: Phase) -> list[str]:
    past = phase.track.past_slugs.filter(phase=None).values_list("slug", flat=True)
    return [phase.track.slug, *past]


def _reviews(phases: Sequence[Phase]) -> Iterator[DecisionRow]:
    reviews = Review.objects.filter(submission__phase__in=phases)
    for review in reviews.select_related("submission__team", "submission__phase__track"):
        about, what = f"{review.submission.phase}, {review.submission}", review.get_verdict_display()
        yield DecisionRow(review.at, "review", about, what, review.reason)
        if review.undone_at:
            yield DecisionRow(review.undone_at, "review undone", about, what, "")


def _rescores(phases: Sequence[Phase]) -> Iterator[DecisionRow]:
    rescores = Rescore.objects.filter(phases__in=phases).distinct().select_related("track")
    for rescore in rescores:
        yield DecisionRow(rescore.created_at, "re-score", str(rescore), "dry run began", "")
        if rescore.ended_at:
            what = rescore.get_state_display()
            yield DecisionRow(rescore.ended_at, "re-score", str(rescore), what, rescore.reason)


def _phase_changes(phases: Sequence[Phase]) -> Iterator[DecisionRow]:
    keys = [str(phase.pk) for phase in phases]
    of_phases = Q(app="tracks", model="phase", key__in=keys)
    for entry in AuditLogEntry.objects.filter(of_phases):
        changes = "; ".join(f"{name}: {pair[0] or '–'} → {pair[1] or '–'}" for name, pair in entry.changes.items())
        yield DecisionRow(entry.at, entry.what, entry.subject, changes, entry.reason)


def _csv(rows: Iterable[Iterable[Cell]]) -> str:
    return "".join(csv_lines(rows))


def _time(at: datetime | None) -> str:
    return format_iso(at) if at else ""
