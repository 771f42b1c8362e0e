"""Editions, their tracks and phases, ground truth and scoring rules."""

from server.tracks.models.edition import Edition
from server.tracks.models.past_slug import PastSlug
from server.tracks.models.phase import Phase
from server.tracks.models.phase_rule import PhaseRule, rule_at, rule_expression, rule_of, rule_until_commit
from server.tracks.models.scoring import GroundTruth, ScoringRule
from server.tracks.models.track import Split, Track

__all__ = [
    "Edition",
    "GroundTruth",
    "PastSlug",
    "Phase",
    "PhaseRule",
    "ScoringRule",
    "Split",
    "Track",
    "rule_at",
    "rule_expression",
    "rule_of",
    "rule_until_commit",
]
