"""A team's scores over time: one figure for each phase whose results it may see."""

from collections.abc import Iterable
from math import isfinite

from leaderboard.figures.score_history import Score, ScoreHistory, score_history
from server.tracks.models import Phase

MIN_SCORES = 2


def progress_by_phase(rows: Iterable[dict[str, object]]) -> list[tuple[Phase, ScoreHistory]]:
    """Return the figures for the rows of the team's page; rows without a headline score are left out."""
    scores: dict[Phase, list[Score]] = {}
    for row in rows:
        submission, evaluation = row["submission"], row["evaluation"]
        value = evaluation.scores.get(submission.phase.track.headline.key) if row["headline"] else None
        if value is None or not isfinite(value):
            continue
        label = submission.method or f"submitted {submission.received_at:%-d %b, %H:%M}"
        printed = row["headline"][1]
        url = submission.get_absolute_url()
        scores.setdefault(submission.phase, []).append(Score(submission.received_at, value, printed, label, url))
    by_track = sorted(scores, key=lambda phase: (phase.track.number, phase.opens_at))
    return [(phase, score_history(scores[phase])) for phase in by_track if len(scores[phase]) >= MIN_SCORES]
