"""What is still open in a phase whose results are to be final, in sentences; reads only."""

from collections.abc import Iterator

from leaderboard.models import IntervalJob, Review
from server.rescores.models import Rescore
from server.results.contents import BoardNow, Winner
from server.submissions.models import Evaluation, State
from server.tracks.models import Phase, Split

VERIFIED = Review.Verdict.VERIFIED.label


def open_points(board: BoardNow) -> list[str]:
    """All that could still change the results, or that organisers usually settle first."""
    phase = board.phase
    return [*_split(phase), *_reviews(board), *_evaluations(phase), *_intervals(board), *_rescores(phase)]


def _split(phase: Phase) -> Iterator[str]:
    if phase.split != Split.TEST:
        yield "It is scored on the validation split. Winners are usually those of the test split."


def _reviews(board: BoardNow) -> Iterator[str]:
    for row in board.rows:
        if any(mark.verdict == Review.Verdict.UNDER_REVIEW for mark in row.marks):
            yield f"{row.name} is under review."
    yield from (_unverified(winner) for winner in board.winners() if VERIFIED not in winner.marks)


def _unverified(winner: Winner) -> str:
    return f"{winner.team}, rank {winner.rank}, is not verified."


def _evaluations(phase: Phase) -> Iterator[str]:
    evaluations = Evaluation.objects.filter(submission__phase=phase, rescoring=False)
    waiting = evaluations.filter(state__in=[State.QUEUED, State.RUNNING]).count()
    failed = evaluations.filter(state=State.FAILED).count()
    if waiting:
        yield f"{_submissions(waiting)} still to be scored."
    if failed:
        yield f"{_submissions(failed)} without a score, because the server failed; the desk runs them again."


def _submissions(count: int) -> str:
    return "One submission is" if count == 1 else f"{count} submissions are"


def _intervals(board: BoardNow) -> Iterator[str]:
    if not board.phase.shows_intervals:
        return
    lacking = IntervalJob.objects.stale().filter(phase=board.phase).exists()
    if board.intervals is None or not board.intervals.current or lacking:
        yield "Its confidence intervals are not computed yet: the files would lack some. A worker computes them."


def _rescores(phase: Phase) -> Iterator[str]:
    for rescore in Rescore.objects.under_way().filter(phases=phase):
        yield f"A re-score is under way ({rescore}). Publish or drop it first."
