"""A team's scores over time: one figure for each phase whose results it may see."""

from collections.abc import Iterable

from leaderboard.figures.score_history import Score, ScoreHistory, score_history
from server.site.team_rows import SubmissionRow
from server.tracks.models import Phase

MIN_SCORES = 2


def progress_by_phase(rows: Iterable[SubmissionRow]) -> list[tuple[Phase, ScoreHistory]]:
    """Return the figures for the rows of the team's page; rows without a headline score are left out."""
    scores: dict[Phase, list[Score]] = {}
    for row in rows:
        if score := _score_of(row):
            scores.setdefault(row.submission.phase, []).append(score)
    by_track = sorted(scores, key=lambda phase: (*phase.track.list_position, phase.opens_at))
    figures = ((phase, score_history(scores[phase], phase.track.description.headline)) for phase in by_track)
    return [(phase, figure) for phase, figure in figures if figure and len(scores[phase]) >= MIN_SCORES]


def _score_of(row: SubmissionRow) -> Score | None:
    submission, value = row.submission, row.value
    if row.metric is None or value is None or row.metric.printed(value) is None:
        return None
    label = submission.method or f"submitted {submission.received_at:%-d %b, %H:%M}"
    return Score(submission.received_at, value, label, submission.get_absolute_url())
