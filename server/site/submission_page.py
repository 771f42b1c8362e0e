"""The changing part of a submission's page: its state, problems, and results as far as the reader may see them."""

from collections import Counter

from django.db.models import Prefetch, prefetch_related_objects
from django.utils import timezone

from leaderboard.compare.own_pairs import comparisons_of
from leaderboard.curves.board_curves import single_curve
from leaderboard.intervals.queries import interval_of, why_withheld
from leaderboard.ranking.standings import row_of_team
from server.accounts.models import User
from server.site.cards import takes_submissions
from server.submissions import slots
from server.submissions.models import Evaluation, State, Submission
from server.submissions.rejection_report import first_groups
from server.submissions.scorings import Scoring, scorings
from server.submissions.waiting import why_it_waits
from server.teams.eligibility import team_of


def context_of(seen: Submission, reader: User) -> dict[str, object]:
    """Return the context of `site/submission_live.html`."""
    evaluation = seen.evaluations.select_related("rule__ground_truth").current_first()[0]
    return {
        "submission": seen,
        "phase": seen.phase,
        "track": seen.phase.track,
        "mine": seen.team == team_of(reader),
        "open": takes_submissions(seen.phase),
        "evaluation": evaluation,
        "slot": seen.slots.first(),
        "slot_limit": slots.limit(seen.team, seen.phase, seen.began_at),
        "events": evaluation.events.all(),
        "received_at": f"{seen.received_at:%H:%M:%S} UTC",
        "queue_position": (position := evaluation.queue_position() if evaluation.state == State.QUEUED else None),
        "why_it_waits": why_it_waits(evaluation),
        "queue_text": f"position {position}" if position else "",
        "progress_text": f"{evaluation.done} of {evaluation.total}" if evaluation.total else evaluation.stage,
        "problems": (first := first_groups(evaluation.problems)),
        "problems_shown": sum(len(group.files) for group in first),
        "tally": Counter(problem["code"] for problem in evaluation.problems).most_common(),
        "problems_listed": len(evaluation.problems),
        "finished": evaluation.finished_at is not None,
        "slots_left": slots.free(seen.team, seen.phase, timezone.now()),
        **_results(seen, evaluation, reader),
    }


def _scorings(seen: Submission) -> list[Scoring]:
    """What counted before and counts now; empty unless the phase's rule changed meanwhile."""
    made = Evaluation.objects.select_related("rule", "submission__phase__track").current_first()
    prefetch_related_objects([seen], Prefetch("evaluations", made))
    found = scorings(seen)
    return found if len(found) > 1 else []


def _results(seen: Submission, evaluation: Evaluation, reader: User) -> dict[str, object]:
    """Return the context of scores, rank and curve, if the reader may see them."""
    if evaluation.state not in {State.SCORED, State.REJECTED}:
        return {}
    if not seen.shows_results_to(reader):
        return {"results_hidden": True}
    if evaluation.state == State.REJECTED:
        return {"scorings": _scorings(seen)}
    row = row_of_team(seen, include_hidden=reader.is_staff)
    standing = row if row and row.submission.pk == seen.pk else None
    evaluation.submission = seen  # else its phase would be queried
    interval = interval_of(evaluation, standing)
    return {
        "values": [
            (metric, metric.show(evaluation.score(metric.key)), interval and interval.metrics.get(metric.key))
            for metric in seen.phase.track.description.metrics
        ],
        "standing": standing,
        "scorings": _scorings(seen),
        "interval": interval,
        "withheld": why_withheld(seen.phase) if standing and interval and not interval.rank else "",
        "comparisons": comparisons_of(evaluation, row),
        "warnings": evaluation.warnings,
        "hidden": seen.reviews.filter(verdict="hidden", undone_at=None).exists(),
        "figure": single_curve(evaluation),
    }
