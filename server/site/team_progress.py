"""A team's own scores over time, a figure for each phase in which it may see them."""

from collections.abc import Iterable

from leaderboard.figures.score_history import Score, ScoreHistory, score_history
from server.tracks.models import Phase

AT_LEAST = 2  # one score by itself is no progress


def progress_by_phase(rows: Iterable[dict[str, object]]) -> list[tuple[Phase, ScoreHistory]]:
    """From the rows of the team's page; those that show no headline are not drawn either."""
    scores: dict[Phase, list[Score]] = {}
    for row in rows:
        submission = row["submission"]
        if "value" in row and row["metric"].printed(row["value"]) is not None:
            label = submission.method or f"submitted {submission.received_at:%-d %b, %H:%M}"
            score = Score(submission.received_at, row["value"], label, submission.get_absolute_url())
            scores.setdefault(submission.phase, []).append(score)
    by_track = sorted(scores, key=lambda phase: (phase.track.number, phase.opens_at))
    return [
        (phase, score_history(scores[phase], phase.track.description.headline))
        for phase in by_track
        if len(scores[phase]) >= AT_LEAST
    ]
