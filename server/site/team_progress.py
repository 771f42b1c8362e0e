"""A team's scores over time: one figure for each phase whose results it may see."""

from collections.abc import Iterable

from leaderboard.figures.score_history import Score, ScoreHistory, score_history
from server.tracks.models import Phase

MIN_SCORES = 2


def progress_by_phase(rows: Iterable[dict[str, object]]) -> list[tuple[Phase, ScoreHistory]]:
    """Return the figures for the rows of the team's page; rows without a headline score are left out."""
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
        if len(scores[phase]) >= MIN_SCORES
    ]
