"""System check of the published scoring rules."""

from typing import Any

from django.core import checks
from django.db import DatabaseError

from server.tracks.models import ScoringRule


@checks.register("worker")
def published_rules_can_score(**_: Any) -> list[checks.CheckMessage]:
    """Warn of rules for another version of their scorer; says nothing where there is no database yet."""
    published = ScoringRule.objects.filter(state=ScoringRule.State.PUBLISHED).select_related("track")
    try:
        return [checks.Warning(rule.outdated, id="lid.W005") for rule in published if rule.outdated]
    except DatabaseError:
        return []
