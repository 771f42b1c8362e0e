"""Serializers of leaderboards: their rows, confidence intervals and method. Read-only."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from evaluator.contract import CONFIDENCE_PERCENT
from leaderboard.models import Review
from leaderboard.ranking.standings import Standing
from server.api.board_serializers import ROW_ID
from server.api.serializers import (
    TO_THE_SECOND,
    ColumnSerializer,
    PhaseSerializer,
    TeamNameSerializer,
    curve_as_printed,
    scores_as_printed,
)


class MarkSerializer(serializers.Serializer):
    verdict = serializers.ChoiceField(Review.Verdict.choices)
    reason = serializers.SerializerMethodField(help_text="Given if the row is disqualified.")

    def get_reason(self, review: Review) -> str:
        return review.reason if review.verdict == Review.Verdict.DISQUALIFIED else ""


class IntervalSerializer(serializers.Serializer):
    low = serializers.FloatField()
    high = serializers.FloatField()


class RowSerializer(serializers.Serializer):
    """Row of a leaderboard."""

    id = serializers.UUIDField(source="evaluation.pk", help_text=ROW_ID)
    rank = serializers.IntegerField(allow_null=True, help_text="Null if the row is not ranked.")
    team = serializers.SerializerMethodField(help_text="As shown on the leaderboard; may be a pseudonym.")
    method = serializers.CharField(help_text="Empty under a pseudonym, because it could reveal the team.")
    parameters = serializers.IntegerField(
        allow_null=True, help_text="As entered by the team; null under a pseudonym."
    )
    received_at = serializers.DateTimeField(source="submission.received_at", format=TO_THE_SECOND)
    scores = serializers.SerializerMethodField()
    intervals = serializers.SerializerMethodField(
        help_text=f"{CONFIDENCE_PERCENT} % confidence interval of each metric; null if not computed."
    )
    rank_low = serializers.IntegerField(
        source="interval.rank.low",
        default=None,
        allow_null=True,
        help_text=f"Best rank in the {CONFIDENCE_PERCENT} % interval; true of all rows together.",
    )
    rank_high = serializers.IntegerField(
        source="interval.rank.high", default=None, allow_null=True, help_text="Worst rank in it."
    )
    ranks = serializers.DictField(
        source="metric_ranks",
        child=serializers.IntegerField(),
        help_text="By each further metric alone, equal printed numbers sharing a rank; empty if not ranked.",
    )
    may_be_best = serializers.BooleanField(
        source="interval.rank.may_be_best",
        default=None,
        allow_null=True,
        help_text="Whether no other row rules it out as the best; null where nothing is said of ranks.",
    )
    marks = MarkSerializer(many=True)
    curve = serializers.SerializerMethodField(
        help_text="With `?curves=1`: a value for each x, if there is a curve."
    )

    @extend_schema_field(TeamNameSerializer)
    def get_team(self, row: Standing) -> dict[str, str]:
        return {"name": row.name, "affiliation": row.affiliation}

    def get_scores(self, row: Standing) -> dict[str, float | None]:
        return scores_as_printed(row.columns, row.evaluation)

    @extend_schema_field(serializers.DictField(child=IntervalSerializer(), allow_null=True))
    def get_intervals(self, row: Standing) -> dict[str, dict[str, float]] | None:
        if row.interval is None:
            return None
        return {key: {"low": of.low, "high": of.high} for key, of in row.interval.metrics.items()}

    def get_curve(self, row: Standing) -> list[float | None] | None:
        track = row.submission.phase.track
        return curve_as_printed(track.description, self.context["curves"].get(row.evaluation.pk))


class MethodSerializer(serializers.Serializer):
    """How the intervals were computed."""

    name = serializers.CharField()
    version = serializers.CharField(help_text="Changes when any number would.")
    images = serializers.IntegerField()
    units = serializers.IntegerField(help_text="What is left out in turn: images, or groups of images.")
    draws = serializers.IntegerField(help_text="Random draws behind the critical value.")
    seed = serializers.IntegerField()
    level = serializers.FloatField()


class LeaderboardSerializer(serializers.Serializer):
    phase = PhaseSerializer()
    columns = ColumnSerializer(many=True)
    rule = serializers.IntegerField(allow_null=True, help_text="The number of the scoring rule.")
    as_of = serializers.DateTimeField(
        allow_null=True, format=TO_THE_SECOND, help_text="The requested time in the past; null: now."
    )
    withheld = serializers.CharField(help_text="Why nothing is said of ranks and differences; empty: it is said.")
    warnings = serializers.ListField(
        child=serializers.CharField(), help_text="What makes the intervals of this split poor."
    )
    method = MethodSerializer(allow_null=True, help_text="Null while there are no intervals.")
    rows = RowSerializer(many=True)
