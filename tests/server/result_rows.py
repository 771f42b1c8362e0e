"""Final results and a paper pack for the tables of permissions, and the forms of their acts."""

from django.utils import timezone

from server.acts import fingerprint
from server.results import publication
from server.results.models import FinalResults, PaperPack, ResultsFile
from server.tracks.models import Phase

FILE = "lid-final-v1.csv"


def arguments_of_results(phase: Phase) -> dict[str, list[object]]:
    """Final results of the phase with a file, and a paper pack that is ready."""
    winner = {"rank": 1, "rank_text": "1", "team": "alices", "score": "50.00", "interval": None, "marks": []}
    winner |= dict.fromkeys(("affiliation", "method", "code_url", "paper_url", "project_url"), "")
    facts = {"reason": "Closed.", "headline": "Mean IoU", "winners": [winner], "teams": 1, "citation": "@misc{}"}
    results = FinalResults.objects.create(phase=phase, number=1, board_content="0" * 64, **facts)
    named = {"name": FILE, "group": "Table", "title": "CSV", "content_type": "text/csv"}
    ResultsFile.objects.create(results=results, content="Rank\r\n", size=6, sha256="0" * 64, **named)
    pack = PaperPack.objects.create(state="ready", delete_at=timezone.now(), size=1, sha256="0" * 64)
    pack.path.parent.mkdir(parents=True, exist_ok=True)
    pack.path.write_bytes(b"PK")
    here = [phase.track.slug, phase.slug]
    return {
        "results:latest": here,
        "results:version": [*here, 1],
        "results:file": [*here, 1, FILE],
        "results:statistics": here,
        "results:statistics_file": [*here, "csv"],
        **{f"organiser_results:{act}_pack": [pack.pk] for act in ("download", "delete")},
        "organiser_results:withdraw": [results.pk],
        "api:admin_withdraw_results": [results.pk],
        **{f"api:admin_{act}_pack": [pack.pk] for act in ("download", "delete")},
    }


def result_form(name: str, phase: Phase) -> dict[str, object]:
    """The form of a page or an address of the API; empty for others."""
    why = {"reason": "They were wrong.", "tell": True}
    forms = {
        "api:admin_withdraw_results": why,
        "api:admin_publish_results": {"phases": [phase.pk], "confirmed": True, **why},
        "api:admin_paper_packs": {"phases": [phase.pk]},
    }
    if name == "organiser_results:withdraw":
        results = FinalResults.objects.select_related("phase__track").get()
        return why | {"tell": "on", "seen": fingerprint(publication.preview_withdrawal(results))}
    return forms.get(name, {})
