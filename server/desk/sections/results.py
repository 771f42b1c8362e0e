"""Final results that wait to be published, and paper packs that no worker could make."""

from datetime import datetime

from django.db.models import Exists, OuterRef
from django.urls import reverse

from server.desk.sections.line import DeskLine, Section, last_words
from server.results.models import FinalResults, PaperPack
from server.submissions.models import Evaluation, State
from server.tracks.models import Phase, Split


def not_published(now: datetime) -> Section:
    """Closed phases on test splits with a board, and without final results that are in force."""
    closed = Phase.objects.listed().filter(split=Split.TEST, closes_at__lte=now).select_related("track")
    scored = Evaluation.objects.filter(submission__phase=OuterRef("pk"), state=State.SCORED)
    in_force = FinalResults.objects.filter(phase=OuterRef("pk"), withdrawn_at=None)
    waiting = closed.filter(Exists(scored)).exclude(Exists(in_force))
    shown = waiting.exclude(results=Phase.Results.BY_ORGANISER, results_shown_at=None)  # told in another section
    return Section("final-results", "Final results that are not published", [_line(phase) for phase in shown])


def _line(phase: Phase) -> DeskLine:
    return DeskLine(
        str(phase),
        "The phase has closed, and its winners and files are not published as final results.",
        url=reverse("organiser_results:index"),
        at=phase.closes_at,
        at_label="closed",
        key=f"final results {phase.pk}",
    )


def packs_failing() -> Section:
    failed = PaperPack.objects.filter(state=PaperPack.State.FAILED)
    return Section(
        "paper-packs",
        "Paper packs",
        [
            DeskLine(
                f"{str(pack).capitalize()} could not be made",
                f"{last_words(pack.last_error)} Have it made again, or delete it.",
                url=reverse("organiser_results:index"),
                at=pack.created_at,
                at_label="requested",
                key=f"pack {pack.pk}",
            )
            for pack in failed
        ],
        tone="warning",
    )
