"""E-mails to teams, and alarms of organisers, about an evaluation, in the transaction of its transition."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone

from server.alarms.services import raise_alarm
from server.outbox.models import EmailKind
from server.outbox.services import enqueue_email, mailed_name, one_line
from server.submissions.models import Evaluation, State, Submission, WorkerHost
from server.submissions.rejection_report import first_groups
from server.time_format import format_utc
from server.tracks.models import GroundTruth, Phase
from server.tracks.scorers import description_of

MAX_PROBLEMS = 5
TEMPLATES = {
    EmailKind.SCORED: "submissions/email/scored_message.txt",
    EmailKind.REJECTED: "submissions/email/rejected_message.txt",
    EmailKind.FAILED: "submissions/email/failed_message.txt",
}


def email_scored(evaluation: Evaluation, scores: dict[str, Any], warnings: Sequence[str] = ()) -> None:
    """E-mail the scores and warnings to the team; while the phase hides its results, only that there are some."""
    phase = _current_phase(evaluation.submission)
    results_shown = phase.shows_results(timezone.now())
    closes_at = phase.closes_at if phase.results == Phase.Results.AFTER_CLOSE else None
    context = {
        "results_shown": results_shown,
        "results_at": format_utc(closes_at) if closes_at else "",
        "scores": _in_words(evaluation, scores) if results_shown else [],
        "warnings": [one_line(warning) for warning in warnings] if results_shown else [],
    }
    _email_team(evaluation, EmailKind.SCORED, context)


def _in_words(evaluation: Evaluation, scores: dict[str, Any]) -> list[str]:
    """Each metric's title with its number and unit."""
    metrics = description_of(evaluation.rule.scorer).metrics
    return [f"{metric.title}: {metric.show_with_unit(scores[metric.key])}" for metric in metrics]


def email_rejected(evaluation: Evaluation, problems: list[dict[str, str]], problem_count: int) -> None:
    """E-mail the first problems to the team, each with how to fix it."""
    groups = first_groups(problems, MAX_PROBLEMS)
    context = {
        # file names come from the team and may hold anything
        "problems": [{**vars(group), "files": one_line(group.files_in_words)} for group in groups],
        "problem_count": problem_count,
        "has_more": problem_count > sum(len(group.files) for group in groups),
    }
    _email_team(evaluation, EmailKind.REJECTED, context)


def email_failed(evaluation: Evaluation) -> None:
    _email_team(evaluation, EmailKind.FAILED, {})


# Alarms of the organisers. What they say is asked again while they last: the cause is one for all that it says.

FAILURES = "failures"
Words = tuple[str, str]  # title and text


def alert_organisers(failed: Evaluation, error: str) -> None:
    """Tell all organisers of a server error that only they can fix: once an hour, however many fail."""
    raise_alarm(FAILURES, *failure_in_words(failed, error))


def failure_in_words(failed: Evaluation, error: str) -> Words:
    """The failure, and how many there are by now."""
    submission, waiting = failed.submission, Evaluation.objects.filter(state=State.FAILED).count()
    context = {
        "team": mailed_name(submission.team.name),
        "url": settings.SITE_URL + submission.get_absolute_url(),
        "error": error,
        "others": max(0, waiting - 1),
    }
    return _in_two("alert", context)


def alert_paused(host: WorkerHost, reason: str) -> None:
    """Tell all organisers that a host cannot score."""
    raise_alarm(paused_cause(host), *pause_in_words(host, reason))


def paused_cause(host: WorkerHost) -> str:
    return f"paused {host.name}"


def pause_in_words(host: WorkerHost, reason: str) -> Words:
    return _in_two("paused", {"host": host.name, "error": reason})


def alert_unreadable(ground_truth: GroundTruth, problem: str) -> None:
    """Tell all organisers that a pack cannot be read."""
    raise_alarm(unreadable_cause(ground_truth), *unreadable_in_words(ground_truth, problem))


def unreadable_cause(ground_truth: GroundTruth) -> str:
    return f"unreadable {ground_truth.pk}"


def unreadable_in_words(ground_truth: GroundTruth, problem: str) -> Words:
    return _in_two("unreadable", {"ground_truth": ground_truth, "error": problem})


def _in_two(template: str, context: dict[str, Any]) -> Words:
    title = render_to_string(f"submissions/email/{template}_subject.txt", context)
    return title, render_to_string(f"submissions/email/{template}_message.txt", context).strip()


def _email_team(evaluation: Evaluation, kind: EmailKind, context: dict[str, Any]) -> None:
    """E-mail every member by the templates of this kind."""
    submission = evaluation.submission
    context |= {
        "outcome": kind.label.capitalize(),
        "team": mailed_name(submission.team.name),
        "method": one_line(submission.method),
        "phase": _current_phase(submission),
        "submitted_at": format_utc(submission.began_at),
        "url": settings.SITE_URL + submission.get_absolute_url(),
    }
    subject = render_to_string("submissions/email/subject.txt", context)
    text = render_to_string(TEMPLATES[kind], context).strip()
    for membership in submission.team.memberships.select_related("user").order_by("user_id"):
        enqueue_email(membership.user, kind, _key(evaluation, kind), subject, text)


def _key(evaluation: Evaluation, kind: EmailKind) -> str:
    """Return a key per claim: an evaluation that failed, was run again and failed again is reported again."""
    return f"{kind} {evaluation.pk} {evaluation.fence}"


def _current_phase(submission: Submission) -> Phase:
    """Read the phase again: its results may have been hidden since a worker claimed the evaluation."""
    return Phase.objects.select_related("track").get(pk=submission.phase_id)
