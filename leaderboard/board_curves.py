"""The curves of a board: whose they are, each in the colour that its team keeps, with its band."""

from collections.abc import Collection, Sequence

from leaderboard.certainty import Certainty, certainty_of
from leaderboard.curves import Band, Curve, Figure, figure
from leaderboard.facts import Facts, facts
from leaderboard.standings import Standing
from server.submissions.models import Evaluation

DRAWN_FIRST = 8  # of the ranked rows, where nobody chose
DRAWN_AT_MOST = 32  # as many as colour and dash tell apart


def curves_on(
    board: Facts, rows: Sequence[Standing], *, at_most: int | None = None, with_bands: bool = False
) -> list[Curve]:
    """The curves of the ranked rows, best first: what is not ranked, or not on the board, is not among them."""
    ranked = [row for row in rows if row.rank is not None][:at_most]
    certainty = certainty_of(board.phase, rows, at=board.at) if with_bands else None
    return curves_of(board, ranked, certainty)


def curves_of(board: Facts, rows: Sequence[Standing], certainty: Certainty | None) -> list[Curve]:
    """The curves of these rows, in their order, with the bands that are known."""
    evaluations = Evaluation.objects.filter(curve__isnull=False).in_bulk([row.evaluation.pk for row in rows])
    places, bands = _places(board), _bands(certainty, evaluations)
    return [
        _curve(row.name, evaluations[key], places[row.team.pk], bands.get(key))
        for row in rows
        if (key := row.evaluation.pk) in evaluations
    ]


def curve_of(evaluation: Evaluation) -> Figure | None:
    """One evaluation's curve by itself, for whoever may see its scores."""
    if not evaluation.curve:
        return None
    submission = evaluation.submission
    board = facts(submission.phase, None, include_hidden=True)
    place = _places(board).get(submission.team_id) if board else None
    band = _bands(certainty_of(submission.phase), [evaluation.pk]).get(evaluation.pk)
    return figure([_curve(submission.team.name, evaluation, place, band)])


def key_of(evaluation: Evaluation) -> str:
    """A curve is named by what was scored: a team's own key would tell who stands behind a pseudonym."""
    return f"e{evaluation.pk.hex}"


def _curve(name: str, evaluation: Evaluation, place: int | None, band: Band | None) -> Curve:
    peak = int(evaluation.scores["peak_threshold"])
    return Curve(key_of(evaluation), name, evaluation.curve, peak, place, band)


def _places(board: Facts) -> dict[object, int]:
    """Each team by the order in which their first scored submissions came in: ranks and choices move no colour."""
    in_order = sorted(board.rows, key=lambda row: (row.received_at, str(row.key)))
    return {team: place for place, team in enumerate(dict.fromkeys(row.team for row in in_order))}


def _bands(certainty: Certainty | None, evaluations: Collection[object]) -> dict[object, Band]:
    """Of those that are known: what stands on no board now, or was not compared yet, has none."""
    known = certainty.bands(evaluations) if certainty else {}
    found = ((key, bands.get("iou_curve")) for key, bands in known.items())
    return {key: Band(band.low, band.high) for key, band in found if band and None not in (*band.low, *band.high)}
