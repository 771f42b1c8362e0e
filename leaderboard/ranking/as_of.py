"""The past time that a query asks for, and what applied to a board then."""

from collections.abc import Mapping
from datetime import datetime

from django.utils import timezone

from server.time_format import parse_time
from server.tracks.models import Phase, PhaseRule, ScoringRule, rule_at


def requested_at(query: Mapping[str, str]) -> datetime | None:
    """The past time in the query's `at`; None for now, also where it lies in the future. Raises InvalidTime."""
    text = query.get("at", "").strip()
    at = parse_time(text) if text else None
    return at if at and at < timezone.now() else None


def correction_of(phase: Phase, at: datetime | None) -> PhaseRule | None:
    """The last change of the phase's rule until then; None where it has the rule it began with."""
    changes = PhaseRule.objects.filter(phase=phase).exclude(reason="").select_related("rule")
    return (changes.filter(since__lte=at) if at else changes).order_by("since", "pk").last()


def rule_for(phase: Phase, at: datetime | None) -> ScoringRule | None:
    """The rule that the phase follows, or did at that time."""
    return rule_at(phase, at) if at else phase.published_rule()
