"""Serializers of tracks, phases, leaderboards, teams and accounts. Read-only: writes go through forms."""

from collections.abc import Iterable, Sequence

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request

from evaluator.contract import Metric, ScorerDescription
from server.accounts.models import ApiToken
from server.api.codes import all_codes
from server.api.forms import ApiSubmissionForm
from server.submissions.models import Evaluation
from server.tracks.models import Edition, Phase, Track

TO_THE_SECOND = "%Y-%m-%dT%H:%M:%SZ"
FRACTION = "fraction"  # the unit of what pages print as a percentage
CODES_OF_ERRORS = [(code, code) for code in all_codes()]
PHASE_STATUSES = ("upcoming", "open", "closed")


def absolute_url(serializer: serializers.BaseSerializer, path: str) -> str:
    request: Request = serializer.context["request"]
    return request.build_absolute_uri(path)


def scores_as_printed(metrics: Iterable[Metric], evaluation: Evaluation) -> dict[str, float | None]:
    """By metric, the numbers as leaderboards print them: no answer says more."""
    return {metric.key: metric.rounded(evaluation.score(metric.key)) for metric in metrics}


def curve_as_printed(
    description: ScorerDescription, values: Sequence[float | None] | None
) -> list[float | None] | None:
    """The values of a curve, rounded as they are printed; None where the scorer or the evaluation has none."""
    return [description.curve.metric.rounded(value) for value in values] if description.curve and values else None


class ProblemSerializer(serializers.Serializer):
    """An error as RFC 9457 problem+json."""

    type = serializers.CharField(help_text="URL of the documentation of the code.")
    code = serializers.ChoiceField(CODES_OF_ERRORS, help_text="What is wrong, for programs.")
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField(help_text="Why, and how to fix it.")
    errors = serializers.DictField(  # type: ignore[assignment]  # the class keeps no attribute of a field
        child=serializers.ListField(child=serializers.CharField()),
        required=False,
        help_text="By field, query parameter or header.",
    )


class ColumnSerializer(serializers.Serializer):
    key = serializers.CharField(help_text="The metric's key in `scores`.")
    title = serializers.CharField()
    unit = serializers.SerializerMethodField(
        help_text="“fraction”: from 0 to 1, printed times 100 on pages; any other, such as “px”: as it is printed."
    )
    decimals = serializers.IntegerField(help_text="Digits printed after the point.")
    higher_is_better = serializers.BooleanField(allow_null=True, help_text="Null: neither direction is better.")

    def get_unit(self, column: Metric) -> str:
        return FRACTION if column.scale == 100 else column.unit


class QuotaSerializer(serializers.Serializer):
    limit = serializers.IntegerField(help_text="Scored submissions a team may have.")
    per = serializers.ChoiceField(Phase.Per.choices)


class PhaseSerializer(serializers.ModelSerializer):
    track: "serializers.SlugRelatedField[Track]" = serializers.SlugRelatedField(slug_field="slug", read_only=True)
    status = serializers.ChoiceField(PHASE_STATUSES, read_only=True)
    quota = QuotaSerializer(source="*", read_only=True)
    results_shown = serializers.SerializerMethodField(help_text="Whether scores, ranks and curves are public.")
    ready = serializers.SerializerMethodField(help_text="Whether its ground truth is installed.")
    url = serializers.HyperlinkedIdentityField(view_name="api:phase", lookup_url_kwarg="phase")
    manifest = serializers.HyperlinkedIdentityField(view_name="api:manifest", lookup_url_kwarg="phase")
    sample = serializers.SerializerMethodField(help_text="URL of a valid archive in which all pixels are 0.")
    leaderboard = serializers.HyperlinkedIdentityField(view_name="api:leaderboard", lookup_url_kwarg="phase")

    class Meta:
        model = Phase
        fields = (
            *("id", "url", "track", "slug", "title", "split", "opens_at", "closes_at", "paused"),
            *(
                "status",
                "quota",
                "daily_submission_limit",
                "results",
                "results_shown",
                "stands_on",
                "ready",
                "manifest",
                "sample",
                "leaderboard",
            ),
        )

    def get_results_shown(self, phase: Phase) -> bool:
        return phase.shows_results(timezone.now())

    def get_ready(self, phase: Phase) -> bool:
        return phase.published_rule() is not None

    def get_sample(self, phase: Phase) -> str:
        return absolute_url(self, reverse("site:sample", args=[phase.track.slug, phase.split]))


class StatedRuleSerializer(serializers.Serializer):
    rule = serializers.CharField()
    enforced = serializers.CharField(help_text="How the server enforces it.")


class SubmitSerializer(serializers.Serializer):
    url = serializers.URLField(help_text="POST a multipart form here.")
    fields_taken = serializers.ListField(child=serializers.CharField())
    largest_archive = serializers.IntegerField(help_text="In bytes.")


class TrackSerializer(serializers.ModelSerializer):
    url = serializers.HyperlinkedIdentityField(
        view_name="api:track", lookup_field="slug", lookup_url_kwarg="track"
    )
    edition: "serializers.SlugRelatedField[Edition]" = serializers.SlugRelatedField(
        slug_field="slug", read_only=True, help_text="The edition's slug."
    )
    rules = serializers.ListField(child=serializers.CharField(), source="rule_sentences", read_only=True)
    rules_enforced = StatedRuleSerializer(many=True, source="rules", read_only=True)
    columns = serializers.SerializerMethodField(
        help_text="The leaderboard's, headline first; none while the server does not know the scorer."
    )
    phases = PhaseSerializer(many=True, read_only=True)
    submit = serializers.SerializerMethodField()

    class Meta:
        model = Track
        fields = (
            *(
                "edition",
                "number",
                "slug",
                "url",
                "title",
                "short_title",
                "task",
                "data",
                "labels",
                "rules",
                "rules_enforced",
            ),
            *("scorer", "columns", "parameter_limit", "phases", "submit"),
        )

    @extend_schema_field(ColumnSerializer(many=True))
    def get_columns(self, track: Track) -> list[dict[str, object]]:
        columns = () if track.scorer_error else track.description.columns
        return [ColumnSerializer(column).data for column in columns]

    @extend_schema_field(SubmitSerializer)
    def get_submit(self, track: Track) -> dict[str, object]:
        return {
            "url": absolute_url(self, reverse("api:submissions")),
            "fields_taken": list(ApiSubmissionForm.base_fields),
            "largest_archive": settings.MAX_UPLOAD_BYTES,
        }


class EditionSerializer(serializers.ModelSerializer):
    """A year of the challenge."""

    tracks: "serializers.SlugRelatedField[Track]" = serializers.SlugRelatedField(
        slug_field="slug", many=True, read_only=True, help_text="Their slugs."
    )
    page = serializers.SerializerMethodField(help_text="URL of its front page.")

    class Meta:
        model = Edition
        fields = ("slug", "title", "headline", "description", "citation", "starts_on", "tracks", "page")

    def get_page(self, edition: Edition) -> str:
        return absolute_url(self, edition.get_absolute_url())


class PaperRowSerializer(serializers.Serializer):
    affiliation = serializers.CharField(help_text="The paper's “Team”; may be a dash.")
    team = serializers.CharField(help_text="The paper's “Username”.")
    values = serializers.ListField(child=serializers.CharField(), help_text="As printed, in the columns' order.")


class PaperTableSerializer(serializers.Serializer):
    """A table of the paper, best row first."""

    number = serializers.IntegerField()
    title = serializers.CharField()
    track = serializers.CharField(help_text="The slug of the track that has the same task.")
    columns = serializers.ListField(child=serializers.CharField())
    units = serializers.ListField(child=serializers.CharField(), help_text="“%” means percent, as printed.")
    rows = PaperRowSerializer(many=True)


class TeamNameSerializer(serializers.Serializer):
    name = serializers.CharField()
    affiliation = serializers.CharField()


class TokenSerializer(serializers.Serializer):
    label = serializers.CharField()  # type: ignore[assignment]  # the class keeps no attribute of a field
    scope = serializers.ChoiceField(ApiToken.Scope.choices)
    expires_at = serializers.DateTimeField(allow_null=True)


class MeSerializer(serializers.Serializer):
    email = serializers.EmailField(source="user.email")
    name = serializers.CharField(source="user.name")
    organiser = serializers.BooleanField(source="user.is_staff")
    team = TeamNameSerializer(allow_null=True)
    token = TokenSerializer()
