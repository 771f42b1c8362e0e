"""Pages that anyone may read: a phase's leaderboard, and the published results of 2020."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from leaderboard.curves import Curve, Figure, figure
from leaderboard.published import CITATION, TABLES
from leaderboard.standings import Standing, standings
from server.submissions.models import Evaluation
from server.teams.admission import team_of
from server.tracks.models import Phase


@require_safe
def board(request: HttpRequest, track: str, phase: str) -> HttpResponse:
    chosen = get_object_or_404(Phase.objects.select_related("track"), track__slug=track, slug=phase)
    rows = standings(chosen)
    context = {
        "phase": chosen,
        "track": chosen.track,
        "phases": chosen.track.phases.all(),
        "rows": rows,
        "veiled": not chosen.shows_results(timezone.now()),
        "ranked": sum(row.rank is not None for row in rows),
        "figure": curves_of(rows),
        "my_team": team_of(request.user) if request.user.is_authenticated else None,
        "rule": chosen.published_rule(),
    }
    return render(request, "leaderboard/board.html", context)


def curves_of(rows: list[Standing]) -> Figure | None:
    """The curves of all ranked rows, overlaid; None where the track has none."""
    ranked = [row for row in rows if row.rank is not None]
    evaluations = Evaluation.objects.filter(curve__isnull=False).in_bulk([row.evaluation.pk for row in ranked])
    drawn = [
        _curve(row.name, evaluations[row.evaluation.pk]) for row in ranked if row.evaluation.pk in evaluations
    ]
    return figure(drawn) if drawn else None


def curve_of(evaluation: Evaluation) -> Figure | None:
    """One evaluation's curve by itself."""
    return figure([_curve(evaluation.submission.team.username, evaluation)]) if evaluation.curve else None


def _curve(name: str, evaluation: Evaluation) -> Curve:
    """Keyed by what is scored: a team's own key would tell who stands behind a pseudonym."""
    return Curve(f"e{evaluation.pk.hex}", name, evaluation.curve, int(evaluation.scores["peak_threshold"]))


@require_safe
def archive(request: HttpRequest) -> HttpResponse:
    return render(request, "leaderboard/archive.html", {"tables": TABLES, "citation": CITATION})
