"""Serializers of confidence intervals, of scores and of differences, and of how they were computed."""

from rest_framework import serializers

from evaluator.contract import CONFIDENCE_PERCENT


class IntervalSerializer(serializers.Serializer):
    low = serializers.FloatField()
    high = serializers.FloatField()


class MethodSerializer(serializers.Serializer):
    """How the intervals were computed."""

    name = serializers.CharField()
    version = serializers.CharField(help_text="Changes when any number would.")
    images = serializers.IntegerField()
    units = serializers.IntegerField(help_text="What is left out in turn: images, or groups of images.")
    draws = serializers.IntegerField(help_text="Random draws behind the critical value.")
    seed = serializers.IntegerField()
    level = serializers.FloatField()


class OwnComparisonSerializer(serializers.Serializer):
    """The headline of this submission minus that of another one of the team, on the same images."""

    submission = serializers.UUIDField(source="other.pk", help_text="The other submission.")
    is_previous = serializers.BooleanField(help_text="Whether it is the one that the team submitted before.")
    is_on_leaderboard = serializers.BooleanField(
        source="is_standing", help_text="Whether the leaderboard uses it."
    )
    difference = serializers.FloatField(
        source="pair.estimate.difference", default=None, allow_null=True, help_text="Null if not computed."
    )
    low = serializers.FloatField(
        source="pair.estimate.low",
        default=None,
        allow_null=True,
        help_text=f"The {CONFIDENCE_PERCENT} % confidence interval of the difference, of this pair by itself.",
    )
    high = serializers.FloatField(source="pair.estimate.high", default=None, allow_null=True)
    significantly_different = serializers.BooleanField(
        source="pair.estimate.significantly_different",
        default=None,
        allow_null=True,
        help_text="Whether the difference is more than the choice of images explains.",
    )
    verdict = serializers.CharField(help_text="The same in a sentence.")


class IntervalsField(serializers.DictField):
    """By metric, its interval; null where none was computed."""

    child = IntervalSerializer()

    def __init__(self) -> None:
        help_text = f"{CONFIDENCE_PERCENT} % confidence interval of each metric; null if not computed."
        super().__init__(allow_null=True, help_text=help_text)
