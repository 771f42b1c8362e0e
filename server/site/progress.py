"""A team's own scores over time, a figure for each phase in which it may see them."""

from collections.abc import Iterable
from math import isfinite

from leaderboard.figures.score_history import Score, ScoreHistory, score_history
from server.tracks.models import Phase

AT_LEAST = 2  # one score by itself is no progress


def progress_by_phase(rows: Iterable[dict[str, object]]) -> list[tuple[Phase, ScoreHistory]]:
    """From the rows of the team's page; those that show no headline are not drawn either."""
    scores: dict[Phase, list[Score]] = {}
    for row in rows:
        submission, evaluation = row["submission"], row["evaluation"]
        value = evaluation.scores.get(submission.phase.track.headline.key) if row["headline"] else None
        if value is None or not isfinite(value):
            continue
        label = submission.method or f"handed in {submission.received_at:%-d %b, %H:%M}"
        printed = row["headline"][1]
        url = submission.get_absolute_url()
        scores.setdefault(submission.phase, []).append(Score(submission.received_at, value, printed, label, url))
    by_track = sorted(scores, key=lambda phase: (phase.track.number, phase.opens_at))
    return [(phase, score_history(scores[phase])) for phase in by_track if len(scores[phase]) >= AT_LEAST]
