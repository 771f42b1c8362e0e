"""The curves of a board's rows, each with its team's palette index and its 95 % band."""

from collections.abc import Collection, Sequence

from leaderboard.figures.axes import Axes
from leaderboard.figures.curve import Band, Curve, Figure, figure
from leaderboard.intervals.queries import BoardIntervals, intervals_of
from leaderboard.ranking.snapshot import Snapshot, snapshot_of
from leaderboard.ranking.standings import Standing
from server.submissions.models import Evaluation

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
    palette, bands = _palette_indexes(snapshot), _bands(axes, intervals, evaluations)
    return [
        _curve(axes, row.name, evaluations[key], palette[row.team.pk], bands.get(key))
        for row in rows
        if (key := row.evaluation.pk) in evaluations and _has_peak(axes, evaluations[key])
    ]


def single_curve(evaluation: Evaluation) -> Figure | None:
    """The figure of one evaluation's curve, for whoever may see its scores; None where it has no curve."""
    submission = evaluation.submission
    axes = Axes.of(submission.phase.track.description)
    if not (axes and evaluation.curve and _has_peak(axes, evaluation)):
        return None
    snapshot = snapshot_of(submission.phase, None, include_hidden=True)
    palette_index = _palette_indexes(snapshot).get(submission.team_id) if snapshot else None
    band = _bands(axes, intervals_of(submission.phase), [evaluation.pk]).get(evaluation.pk)
    return figure([_curve(axes, submission.team.name, evaluation, palette_index, band)], axes)


def key_of(evaluation: Evaluation) -> str:
    """A curve's key names the evaluation: a team's own key would reveal who uses a pseudonym."""
    return f"e{evaluation.pk.hex}"


def _has_peak(axes: Axes, evaluation: Evaluation) -> bool:
    """Whether any value of its curve is defined."""
    return evaluation.scores.get(axes.peak_x.key) is not None


def _curve(axes: Axes, name: str, evaluation: Evaluation, palette_index: int | None, band: Band | None) -> Curve:
    peak = int(evaluation.scores[axes.peak_x.key])
    return Curve(key_of(evaluation), name, evaluation.curve, peak, palette_index, band)


def _palette_indexes(snapshot: Snapshot) -> dict[object, int]:
    """Teams numbered by the time of their first scored submission, so that ranks and choices change no colour."""
    in_order = sorted(snapshot.candidates, key=lambda candidate: (candidate.received_at, str(candidate.key)))
    teams = dict.fromkeys(candidate.team for candidate in in_order)
    return {team: index for index, team in enumerate(teams)}


def _bands(axes: Axes, intervals: BoardIntervals | None, evaluations: Collection[object]) -> dict[object, Band]:
    """The bands without gaps; an evaluation without computed intervals has none."""
    stored = intervals.bands(evaluations) if intervals else {}
    found = ((key, bands.get(axes.y.key)) for key, bands in stored.items())
    return {key: Band(band.low, band.high) for key, band in found if band and None not in (*band.low, *band.high)}
