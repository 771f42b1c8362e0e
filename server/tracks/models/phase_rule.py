"""Which scoring rule each phase follows, and since when. Everything that asks for a phase's rule asks here."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from server.tracks.models.phase import Phase
from server.tracks.models.scoring import ScoringRule


class PhaseRule(models.Model):
    """A phase follows a rule from a time on. A phase without rows follows the rule published for its split.

    Rows are only added: by a re-score, to every phase of the split, so that those not chosen keep their rule.
    """

    phase = models.ForeignKey(Phase, on_delete=models.PROTECT, related_name="rules_followed")
    rule = models.ForeignKey(ScoringRule, on_delete=models.PROTECT, related_name="followed_by")
    since = models.DateTimeField(default=timezone.now)
    reason = models.CharField(max_length=500, blank=True, help_text="Empty for the rule it had from the start.")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["since", "pk"]

    def __str__(self) -> str:
        return f"{self.phase}: rule {self.rule.number}"


def rule_of(phase: Phase) -> ScoringRule | None:
    """The rule that the phase follows now: it scores new submissions, and the board shows its scores."""
    followed = rule_expression(phase.serializable_value)
    return ScoringRule.objects.select_related("ground_truth").filter(pk=followed).first()


def rule_until_commit(phase: Phase) -> ScoringRule | None:
    """The same, by a lock: whoever is to change the phase's rule waits until this transaction has ended."""
    return rule_of(Phase.objects.select_for_update(no_key=True).get(pk=phase.pk))


def rule_at(phase: Phase, at: datetime) -> ScoringRule | None:
    """The rule that the phase followed then."""
    own = PhaseRule.objects.filter(phase=phase, since__lte=at).select_related("rule__ground_truth")
    if followed := own.order_by("since", "pk").last():
        return followed.rule
    rules = ScoringRule.objects.filter(track=phase.track_id, split=phase.split, published_at__lte=at)
    return rules.exclude(state=ScoringRule.State.DRAFT).order_by("published_at", "number").last()


def rule_expression(of_phase: Callable[[str], Any]) -> Coalesce:
    """The key of `rule_of` for a query; `of_phase` gives a field of its phase, or refers to it."""
    own = PhaseRule.objects.filter(phase=of_phase("pk")).order_by("-since", "-pk").values("rule")[:1]
    rules = ScoringRule.objects.filter(track=of_phase("track"), split=of_phase("split"))
    of_split = rules.filter(state=ScoringRule.State.PUBLISHED).order_by().values("pk")
    return Coalesce(Subquery(own), Subquery(of_split), output_field=models.BigIntegerField())
