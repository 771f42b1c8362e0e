"""Drafts of ground truth that failed, and those that were not published when they were ready."""

from django.urls import reverse

from server.desk.sections.line import DeskLine, Section
from server.tracks.models import GroundTruth, ScoringRule
from server.tracks.services import RuleInUse


def not_usable() -> Section:
    rows = GroundTruth.objects.select_related("track").order_by("-created_at")
    failed = rows.filter(state=GroundTruth.State.FAILED)
    unused = rows.refused()
    held_up = rows.filter(state=GroundTruth.State.DRAFT).exclude(problem="")
    return Section(
        "drafts",
        "Ground truth",
        [
            *(_line(draft, "cannot be used", draft.problem) for draft in failed),
            *(_line(draft, "is not packed yet", draft.problem) for draft in held_up),
            *(_line(draft, "was not published when it was ready", _refusal(draft)) for draft in unused),
        ],
        admin_url=reverse("ground_truth:index"),
        tone="warning",
    )


def _line(draft: GroundTruth, what: str, why: str) -> DeskLine:
    lines = why.strip().splitlines()
    more = f" … and {len(lines) - 1} more on its page." if len(lines) > 1 else ""
    return DeskLine(
        title=f"{draft.track.short_title}, {draft.get_split_display()}: a draft {what}",
        text=f"{lines[0] if lines else ''}{more}",
        url=draft.get_absolute_url(),
        at=draft.created_at,
        at_label="uploaded",
        key=f"draft {draft.pk} {draft.state}",
    )


def _refusal(draft: GroundTruth) -> str:
    """Why it was not published, as it is now."""
    published = ScoringRule.objects.filter(track=draft.track, split=draft.split, state=ScoringRule.State.PUBLISHED)
    rule = published.select_related("track").first()
    if rule and rule.evaluations.exists():
        return str(RuleInUse(rule))
    return "Nothing stands in its way now: publish it on its page."
