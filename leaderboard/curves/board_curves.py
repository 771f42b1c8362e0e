"""The curves of a board's rows, each with its team's palette index and its band."""

from collections.abc import Collection, Sequence
from uuid import UUID

from leaderboard.figures.axes import Axes
from leaderboard.figures.curve import Band, Curve, Figure, figure
from leaderboard.intervals.queries import BoardIntervals, intervals_of
from leaderboard.ranking.snapshot import Snapshot, snapshot_of
from leaderboard.ranking.standings import Standing
from server.submissions.models import Evaluation
from server.tracks.models import Phase

DEFAULT_CURVES = 8  # the first ranked rows, where the reader chose none
MAX_CURVES = 32  # as many as colour and dash can distinguish


def ranked_curves(
    snapshot: Snapshot, rows: Sequence[Standing], *, at_most: int | None = None, with_bands: bool = False
) -> list[Curve]:
    """The curves of the ranked rows, best first."""
    ranked = [row for row in rows if row.rank is not None][:at_most]
    intervals = intervals_of(snapshot.phase, rows, at=snapshot.at) if with_bands else None
    return curves_of(snapshot, ranked, intervals)


def curves_of(snapshot: Snapshot, rows: Sequence[Standing], intervals: BoardIntervals | None) -> list[Curve]:
    """The curves of these rows, in their order, with the bands that are known."""
    axes = Axes.of(snapshot.phase.track.description)
    if axes is None:
        return []
    evaluations = Evaluation.objects.filter(curve__isnull=False).in_bulk([row.evaluation.pk for row in rows])
    bands = _bands(axes, intervals, evaluations)
    with_curve = [(row, evaluations[row.evaluation.pk]) for row in rows if row.evaluation.pk in evaluations]
    return [
        curve._replace(palette_index=row.palette_index, band=bands.get(evaluation.pk))
        for row, evaluation in with_curve
        if (curve := _curve(axes, row.name, evaluation))
    ]


def single_curve(evaluation: Evaluation) -> Figure | None:
    """The figure of one evaluation's curve, for whoever may see its scores; None where it has no curve."""
    submission = evaluation.submission
    axes = Axes.of(submission.phase.track.description)
    curve = _curve(axes, submission.team.name, evaluation) if axes else None
    if axes is None or curve is None:
        return None
    snapshot = snapshot_of(submission.phase, None, include_hidden=True)
    palette_index = snapshot.palette.get(submission.team_id) if snapshot else None
    band = _bands(axes, intervals_of(submission.phase), [evaluation.pk]).get(evaluation.pk)
    return figure([curve._replace(palette_index=palette_index, band=band)], axes)


def figure_of(phase: Phase, curves: Sequence[Curve]) -> Figure | None:
    """The figure of these curves of a phase's rows; None where there are none."""
    axes = Axes.of(phase.track.description)
    return figure(curves, axes) if axes and curves else None


def key_of(evaluation: Evaluation) -> str:
    """A curve's key names the evaluation: a team's own key would reveal who uses a pseudonym."""
    return f"e{evaluation.pk.hex}"


def _curve(axes: Axes, name: str, evaluation: Evaluation) -> Curve | None:
    """Its curve, without colour and band; None where no value is defined."""
    peak_x = evaluation.score(axes.peak_x.key)
    if not evaluation.curve or peak_x is None:
        return None
    return Curve(key_of(evaluation), name, evaluation.curve, int(peak_x))


def _bands(axes: Axes, intervals: BoardIntervals | None, evaluations: Collection[UUID]) -> dict[UUID, Band]:
    """The bands without gaps; an evaluation without computed intervals has none."""
    stored = intervals.bands(evaluations) if intervals else {}
    found = ((key, bands.get(axes.y.key)) for key, bands in stored.items())
    return {key: Band(band.low, band.high) for key, band in found if band and None not in (*band.low, *band.high)}
