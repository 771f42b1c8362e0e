"""Serializers of what pages show of a board's rows beside the board: curves, classes, pairs, significance."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from evaluator.contract import CONFIDENCE_PERCENT, Metric
from leaderboard.classes.page import ClassPage
from leaderboard.classes.rows import ClassRow
from server.api.serializers import TO_THE_SECOND, ColumnSerializer

INTERVAL = f"Of the {CONFIDENCE_PERCENT} % confidence interval; null if not computed."
ROW_ID = "The row's, by which `curves`, `classes` and `compare` know it."


class NamedRowSerializer(serializers.Serializer):
    """A row of the leaderboard."""

    id = serializers.UUIDField(source="evaluation.pk", help_text=ROW_ID)
    rank = serializers.IntegerField(allow_null=True)
    team = serializers.CharField(source="name", help_text="As shown on the leaderboard; may be a pseudonym.")


class OfBoardSerializer(serializers.Serializer):
    as_of = serializers.DateTimeField(
        allow_null=True, format=TO_THE_SECOND, help_text="The requested time in the past; null: now."
    )


class AxesSerializer(serializers.Serializer):
    x_title = serializers.CharField()
    last_x = serializers.IntegerField(help_text="A curve has a value for each x from 0 to this.")
    y = ColumnSerializer()


class CurveSerializer(NamedRowSerializer):
    peak_x = serializers.IntegerField(help_text="The x of the best value.")
    values = serializers.ListField(child=serializers.FloatField(allow_null=True), help_text="For each x.")
    low = serializers.ListField(
        child=serializers.FloatField(), allow_null=True, help_text=f"With `?bands=1`: the lower ends. {INTERVAL}"
    )
    high = serializers.ListField(child=serializers.FloatField(), allow_null=True, help_text="The upper ends.")


class CurvesPageSerializer(OfBoardSerializer):
    """The curves of a board's ranked rows, best first."""

    axes = AxesSerializer(allow_null=True, help_text="Null: the track's scorer has no curve.")
    curves = CurveSerializer(many=True)


class ClassValueSerializer(serializers.Serializer):
    value = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True, help_text=INTERVAL)
    high = serializers.FloatField(allow_null=True)


class ClassSerializer(serializers.Serializer):
    """A class with its value of each chosen row, in their order."""

    label = serializers.IntegerField()  # type: ignore[assignment]  # the class keeps no attribute of a field
    name = serializers.CharField()
    pixels = serializers.IntegerField(allow_null=True, help_text="Of the ground truth.")
    note = serializers.CharField(help_text="How it enters the mean, if unlike the other classes.")
    values = serializers.SerializerMethodField()
    difference = serializers.SerializerMethodField(help_text="Of two rows: the first minus the second.")
    low = serializers.SerializerMethodField(help_text=f"{INTERVAL} Of this class by itself.")
    high = serializers.SerializerMethodField()
    significantly_different = serializers.SerializerMethodField(help_text="Null if not computed.")

    @extend_schema_field(ClassValueSerializer(many=True))
    def get_values(self, row: ClassRow) -> list[dict[str, float | None]]:
        ends = ((one.printed, one.low, one.high) for one in row.values)
        return [
            dict(zip(("value", "low", "high"), (_number(row.metric, end) for end in each), strict=True))
            for each in ends
        ]

    def get_difference(self, row: ClassRow) -> float | None:
        return _number(row.metric, row.difference)

    def get_low(self, row: ClassRow) -> float | None:
        return _number(row.metric, row.difference_ends[0]) if row.difference_ends else None

    def get_high(self, row: ClassRow) -> float | None:
        return _number(row.metric, row.difference_ends[1]) if row.difference_ends else None

    def get_significantly_different(self, row: ClassRow) -> bool | None:
        return row.significant if row.difference_ends else None


class WinsSerializer(serializers.Serializer):
    """In how many classes the first of two rows is ahead; a tie prints the same number."""

    wins = serializers.IntegerField()
    ties = serializers.IntegerField()
    losses = serializers.IntegerField()
    skipped = serializers.IntegerField(help_text="Classes in which a row has no value.")
    significant = serializers.IntegerField(
        allow_null=True, help_text="Of the wins and losses, those that are significant, each class by itself."
    )


class ClassesPageSerializer(OfBoardSerializer):
    """The results of each class, of one row or of two."""

    as_of = serializers.DateTimeField(source="at", allow_null=True, format=TO_THE_SECOND)
    column = serializers.SerializerMethodField(help_text="The metric; null: the track has no classes.")
    rows = NamedRowSerializer(source="teams", many=True, help_text="None where the phase hides them, or has none.")
    classes = ClassSerializer(source="all_rows", many=True)
    wins_and_losses = WinsSerializer(allow_null=True, help_text="Of two rows.")
    why_no_intervals = serializers.CharField(help_text="Of the differences; empty: they have some.")

    @extend_schema_field(ColumnSerializer(allow_null=True))
    def get_column(self, page: ClassPage) -> dict[str, object] | None:
        return ColumnSerializer(page.metric).data if page.phase.track.description.per_class else None


class PairSerializer(serializers.Serializer):
    """The headline of the first row minus that of the second, on the same images."""

    first = serializers.UUIDField(help_text=ROW_ID)
    second = serializers.UUIDField()
    difference = serializers.FloatField(allow_null=True, help_text="Null if not computed.")
    low = serializers.FloatField(
        allow_null=True, help_text=f"{INTERVAL} True of all pairs of the leaderboard together."
    )
    high = serializers.FloatField(allow_null=True)
    significantly_different = serializers.BooleanField(allow_null=True)
    verdict = serializers.CharField(help_text="The same in a sentence; empty where nothing can be said.")


class CompareSerializer(OfBoardSerializer):
    rows = NamedRowSerializer(many=True, help_text="In the order of the leaderboard.")
    pairs = PairSerializer(many=True)
    why_no_intervals = serializers.CharField(help_text="Of the differences; empty: they have some.")


class SignificanceRowSerializer(serializers.Serializer):
    id = serializers.UUIDField(source="key", help_text=ROW_ID)
    rank = serializers.IntegerField()
    team = serializers.CharField(source="name")
    better_than = serializers.ListField(child=serializers.UUIDField(), help_text="Significantly; ids of rows.")
    worse_than = serializers.ListField(child=serializers.UUIDField(), help_text="Significantly; ids of rows.")


class SignificanceSerializer(OfBoardSerializer):
    """Which ranked rows are significantly better than which; of all others no such thing can be said."""

    reason = serializers.CharField(help_text="Why there are no rows; empty: there are.")
    warnings = serializers.ListField(child=serializers.CharField())
    rows = SignificanceRowSerializer(many=True)


def _number(metric: Metric, printed: str | float | None) -> float | None:
    """What the API says of a printed number: percentages as fractions."""
    if printed is None:
        return None
    return round(float(printed) / 100, metric.decimals + 2) if metric.unit == "%" else float(printed)
