"""What the organisers' pages show of ground truth."""

from dataclasses import dataclass
from typing import Any

from evaluator.contract import LabelCount, TruthSummary
from server.tracks.drafts import check_removable, differences_to_list, differences_to_published
from server.tracks.models import GroundTruth, ScoringRule
from server.tracks.services import CannotRemove

SIZES_SHOWN, UNUSED_NAMED = 10, 20


@dataclass(frozen=True)
class LabelRow:
    """A label of the histogram. `share` is that of its pixels among those of the most frequent label, in %."""

    count: LabelCount
    name: str
    share: float


def list_rows() -> list[tuple[GroundTruth, ScoringRule | None]]:
    """Return all ground truth, newest first, each with the last rule that uses it."""
    rows = GroundTruth.objects.select_related("track__edition", "created_by").prefetch_related("rules")
    return [(row, max(row.rules.all(), key=lambda rule: rule.number, default=None)) for row in rows]


def facts_of(row: GroundTruth) -> dict[str, Any]:
    """Return the context of a draft's page."""
    summary = TruthSummary.from_facts(row.summary) if row.summary else None
    return {
        "ground_truth": row,
        "rules": row.rules.order_by("number"),
        "options": row.options.items(),
        "problems": row.problem.removeprefix("Error: ").splitlines(),
        "warnings": row.warnings.splitlines(),
        "summary": summary,
        "sizes": summary.sizes[:SIZES_SHOWN] if summary else (),
        "more_sizes": len(summary.sizes[SIZES_SHOWN:]) if summary else 0,
        "labels": _labels(row, summary) if summary else [],
        "unused": _unused(row, summary) if summary else [],
        "shares": _shares(summary) if summary else (),
        "lists": [
            ("the list of ids", bool(row.listed_ids.strip()), differences_to_list(row)),
            ("the published ground truth", _is_beside_published(row), differences_to_published(row)),
        ],
        "removable": _is_removable(row),
    }


def _shares(summary: TruthSummary) -> list[str]:
    """Return the shares of all pixels and of single images, in percent."""
    shares = (summary.share, summary.lowest_share, summary.highest_share)
    return [f"{100 * share:.1f}" for share in shares]


def _labels(row: GroundTruth, summary: TruthSummary) -> list[LabelRow]:
    names, most = row.track.names_of_classes, max((label.pixels for label in summary.labels), default=0)
    return [
        LabelRow(label, names.get(label.label, ""), 100 * label.pixels / most if most else 0)
        for label in summary.labels
        if label.pixels
    ]


def _unused(row: GroundTruth, summary: TruthSummary) -> list[str]:
    names = row.track.names_of_classes
    named = [f"{label} {names.get(label, '')}".strip() for label in summary.unused[:UNUSED_NAMED]]
    more = len(summary.unused) - UNUSED_NAMED
    return [*named, f"and {more} more"] if more > 0 else named


def _is_beside_published(row: GroundTruth) -> bool:
    rules = ScoringRule.objects.filter(track=row.track, split=row.split, state=ScoringRule.State.PUBLISHED)
    return rules.exclude(ground_truth=row).exists()


def _is_removable(row: GroundTruth) -> bool:
    try:
        check_removable(row)
    except CannotRemove:
        return False
    return True
