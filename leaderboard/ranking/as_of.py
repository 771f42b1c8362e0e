"""The past time that a query asks for, and what applied to a board then."""

from collections.abc import Mapping
from datetime import datetime

from django.utils import timezone

from server.time_format import parse_time
from server.tracks.models import Phase, ScoringRule, rule_at


def requested_at(query: Mapping[str, str]) -> datetime | None:
    """The past time in the query's `at`; None for now, also where it lies in the future. Raises InvalidTime."""
    text = query.get("at", "").strip()
    at = parse_time(text) if text else None
    return at if at and at < timezone.now() else None


def rule_for(phase: Phase, at: datetime | None) -> ScoringRule | None:
    """The rule that the phase follows, or did at that time."""
    return rule_at(phase, at) if at else phase.published_rule()
