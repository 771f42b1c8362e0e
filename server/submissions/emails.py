"""What teams and organisers are told by mail of an evaluation; written in the transaction of the move itself."""

from typing import Any

from django.conf import settings
from django.utils import timezone

from server.accounts.models import User
from server.outbox.models import EmailKind
from server.outbox.services import enqueue_email, one_line
from server.submissions.models import Evaluation, Submission
from server.submissions.rejection_report import first_of
from server.time_format import format_utc
from server.tracks.models import Phase
from server.tracks.scorers import description_of

PROBLEMS_TOLD = 5


def email_scored(evaluation: Evaluation, scores: dict[str, Any]) -> None:
    """The numbers, where everyone may see them now; else only that there are some."""
    phase = _phase_of(evaluation.submission)
    if phase.shows_results(timezone.now()):
        metrics = description_of(evaluation.rule.scorer).metrics
        numbers = [f"  {metric.title}: {metric.show_with_unit(scores[metric.key])}" for metric in metrics]
        text = "\n".join(["It was scored.", "", *numbers])
    else:
        text = f"It was scored. {_shown_later(phase)}"
    _email_team(evaluation, EmailKind.SCORED, text)


def email_rejected(evaluation: Evaluation, problems: list[dict[str, str]], problem_count: int) -> None:
    """The first problems, each with how to fix it."""
    first = [_in_words(problem) for problem in first_of(problems, PROBLEMS_TOLD)]
    many = f"{problem_count} problem{'s' if problem_count != 1 else ''}"
    more = ["The page below tells more of them, and has them all as a file."] if problem_count > len(first) else []
    text = f"It was rejected for {many}, and the slot came back: a rejection costs nothing."
    _email_team(evaluation, EmailKind.REJECTED, "\n\n".join([text, *first, *more]))


def email_failed(evaluation: Evaluation) -> None:
    _email_team(
        evaluation,
        EmailKind.FAILED,
        "The server failed to score it. The fault is ours, not yours: the slot came back and the archive is kept. "
        "The organisers are told, and can have it scored once the cause is fixed.",
    )


def alert_organisers(failed: Evaluation, error: str) -> None:
    """Tell every organiser of a fault that only they can fix."""
    submission = failed.submission
    subject = f"A submission of {one_line(submission.team.name)} could not be scored"
    text = (
        f"{settings.SITE_URL}{submission.get_absolute_url()}\n\n"
        f"{error}\n\n"
        "The archive is kept and the slot went back to the team. Once the cause is fixed, "
        "an organiser can run it again from the admin."
    )
    for organiser in User.objects.filter(is_staff=True, is_active=True).order_by("pk"):
        enqueue_email(organiser, EmailKind.ALERT, _key(failed, EmailKind.ALERT), subject, text)


def _email_team(evaluation: Evaluation, kind: EmailKind, outcome: str) -> None:
    submission = evaluation.submission
    team, method = one_line(submission.team.name), one_line(submission.method)
    what = f"“{method}”" if method else "an archive"
    text = (
        f"Your team {team} submitted {what} to {_phase_of(submission)} on {format_utc(submission.began_at)}.\n\n"
        f"{outcome}\n\n"
        f"{settings.SITE_URL}{submission.get_absolute_url()}"
    )
    subject = f"{kind.label.capitalize()}: {team}{', ' if method else ''}{method}"
    for membership in submission.team.memberships.select_related("user").order_by("user_id"):
        enqueue_email(membership.user, kind, _key(evaluation, kind), subject, text)


def _key(evaluation: Evaluation, kind: EmailKind) -> str:
    """One for each time that a worker had it: what failed, was run again and failed again is told again."""
    return f"{kind} {evaluation.pk} {evaluation.fence}"


def _phase_of(submission: Submission) -> Phase:
    """As it stands now: its results may have been hidden since a worker took the submission."""
    return Phase.objects.select_related("track").get(pk=submission.phase_id)


def _shown_later(phase: Phase) -> str:
    if phase.results == Phase.Results.AFTER_CLOSE and phase.closes_at:
        return f"The results of this phase are shown when it closes, on {format_utc(phase.closes_at)}."
    return "The results of this phase are shown later, when the organisers open them."


def _in_words(problem: dict[str, str]) -> str:
    """A problem as a paragraph; the name of the file is the team's own and may hold anything."""
    file = one_line(problem["file"]) or "the archive"
    return f"  {file}\n  found {problem['found']}; expected {problem['expected']}\n  {problem['fix']}"
