"""Serializers of submissions: what was received, the state of the evaluation, the results."""

from django.urls import reverse
from rest_framework import serializers

from evaluator.contract import CODES, CONFIDENCE_PERCENT
from server.api.leaderboard_serializers import IntervalSerializer
from server.api.serializers import TO_THE_SECOND, absolute_url, curve_as_printed, scores_as_printed
from server.api.visible_submission import VisibleSubmission
from server.submissions import resumable_uploads
from server.submissions.method import not_saved, replay_text
from server.submissions.models import ResumableUpload, State, Submission
from server.submissions.rejection_report import ShownGroup
from server.submissions.scorings import Scoring

ARCHIVE_CODES = [(code, code) for code in CODES]


class PhaseNameSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    slug = serializers.CharField()
    title = serializers.CharField()
    split = serializers.CharField()


class SlotSerializer(serializers.Serializer):
    number = serializers.IntegerField()
    limit = serializers.IntegerField(help_text="The quota plus the slots that organisers granted.")
    window = serializers.CharField(help_text="The quota window: “phase”, a month or a day.")
    returned_at = serializers.DateTimeField(format=TO_THE_SECOND, allow_null=True)
    reason = serializers.CharField(help_text="Why it was returned.")


class ProgressSerializer(serializers.Serializer):
    stage = serializers.CharField(help_text="What its worker does now; empty before and after.")
    done = serializers.IntegerField()
    total = serializers.IntegerField()


class EventSerializer(serializers.Serializer):
    at = serializers.DateTimeField(format=TO_THE_SECOND)
    before = serializers.CharField(help_text="The state before; empty: it was new.")
    after = serializers.ChoiceField(State.choices)
    cause = serializers.CharField(source="in_words")


class ListedProblemSerializer(serializers.Serializer):
    code = serializers.ChoiceField(ARCHIVE_CODES)
    file = serializers.CharField()
    found = serializers.CharField()
    expected = serializers.CharField()
    fix = serializers.CharField()


class ArchiveProblemSerializer(ListedProblemSerializer):
    docs = serializers.SerializerMethodField(help_text="URL of the page that explains how to fix it.")

    def get_docs(self, problem: dict[str, str]) -> str:
        return absolute_url(self, f"{reverse('site:problems')}{problem['code']}/")


class ProblemGroupSerializer(serializers.Serializer):
    """Problems that are equal but for the file."""

    code = serializers.ChoiceField(ARCHIVE_CODES)
    files = serializers.ListField(child=serializers.CharField(allow_blank=True), help_text="The first files.")
    file_count = serializers.IntegerField(help_text="The number of all files that have it.")
    found = serializers.CharField()
    expected = serializers.CharField()
    fix = serializers.CharField()
    docs = serializers.SerializerMethodField(help_text="URL of the page that explains how to fix it.")

    def get_docs(self, group: ShownGroup) -> str:
        return absolute_url(self, f"{reverse('site:problems')}{group.code}/")


class AllProblemsSerializer(serializers.Serializer):
    """All errors of an archive."""

    submission = serializers.UUIDField()
    problem_count = serializers.IntegerField()
    problems = ListedProblemSerializer(many=True)


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


class SubmissionSummarySerializer(serializers.Serializer):
    """A submission in a list."""

    id = serializers.UUIDField(source="submission.pk")
    url: "serializers.HyperlinkedRelatedField[Submission]" = serializers.HyperlinkedRelatedField(
        view_name="api:submission", source="submission", lookup_url_kwarg="submission", read_only=True
    )
    track = serializers.CharField(source="submission.phase.track.slug")
    phase = PhaseNameSerializer(source="submission.phase")
    team = serializers.CharField(source="submission.team.name")
    method = serializers.CharField(source="submission.method")
    received_at = serializers.DateTimeField(source="submission.received_at", format=TO_THE_SECOND)
    sha256 = serializers.CharField(source="submission.sha256")
    state = serializers.ChoiceField(State.choices, source="evaluation.state")
    scores = serializers.SerializerMethodField()
    intervals = serializers.DictField(
        child=IntervalSerializer(),
        allow_null=True,
        help_text=f"{CONFIDENCE_PERCENT} % confidence interval of each metric; null if not computed.",
    )
    problem_count = serializers.IntegerField(source="evaluation.problem_count")
    slot = SlotSerializer()

    def to_representation(self, submission: Submission) -> dict[str, object]:
        return super().to_representation(VisibleSubmission(submission, self.context["request"].user))

    def get_scores(self, seen: VisibleSubmission) -> dict[str, float | None] | None:
        return scores_of(seen)


class ScoringSerializer(serializers.Serializer):
    """An evaluation and when it counted: before the organisers changed the phase's scoring rule, or now."""

    rule = serializers.IntegerField(source="evaluation.rule.number", help_text="The scoring rule's number.")
    state = serializers.ChoiceField(State.choices, source="evaluation.state")
    scores = serializers.SerializerMethodField(help_text="As printed on the leaderboard.")
    published_since = serializers.DateTimeField(source="since", format=TO_THE_SECOND, allow_null=True)
    published_until = serializers.DateTimeField(
        source="until", format=TO_THE_SECOND, allow_null=True, help_text="null: it counts now."
    )

    def get_scores(self, scoring: Scoring) -> dict[str, float | None] | None:
        submission = scoring.evaluation.submission
        if scoring.evaluation.state != State.SCORED or not submission.shows_results_to(
            self.context["request"].user
        ):
            return None
        return scores_as_printed(submission.phase.track.description.metrics, scoring.evaluation)


class SubmissionSerializer(serializers.Serializer):
    """A submission in full."""

    id = serializers.UUIDField(source="submission.pk")
    url: "serializers.HyperlinkedRelatedField[Submission]" = serializers.HyperlinkedRelatedField(
        view_name="api:submission", source="submission", lookup_url_kwarg="submission", read_only=True
    )
    page = serializers.SerializerMethodField(help_text="URL of the submission's page.")
    message = serializers.CharField(help_text="State and slot in a sentence.")
    track = serializers.CharField(source="submission.phase.track.slug")
    phase = PhaseNameSerializer(source="submission.phase")
    team = serializers.CharField(source="submission.team.name")
    submitted_by = serializers.CharField(source="submission.submitted_by.name", default=None, allow_null=True)
    method = serializers.CharField(source="submission.method")
    description = serializers.CharField(source="submission.description", help_text="Markdown.")
    parameters = serializers.IntegerField(source="submission.parameters", allow_null=True)
    code_url = serializers.URLField(source="submission.code_url", allow_blank=True)
    paper_url = serializers.URLField(source="submission.paper_url", allow_blank=True)
    project_url = serializers.URLField(source="submission.project_url", allow_blank=True)
    rules_kept = serializers.ListField(
        child=serializers.CharField(), source="submission.rules_kept", help_text="As declared, word for word."
    )
    chosen = serializers.BooleanField(help_text="Whether the team chose it for the leaderboard.")
    withdrawn_at = serializers.DateTimeField(source="submission.withdrawn_at", allow_null=True)
    began_at = serializers.DateTimeField(source="submission.began_at", help_text="Decides the deadline.")
    received_at = serializers.DateTimeField(
        source="submission.received_at", help_text="When the upload was complete."
    )
    file = serializers.CharField(source="submission.original_name")
    size = serializers.IntegerField(source="submission.size", help_text="In bytes.")
    sha256 = serializers.CharField(source="submission.sha256")
    slot = SlotSerializer()
    state = serializers.ChoiceField(State.choices, source="evaluation.state")
    progress = ProgressSerializer(source="evaluation")
    queue_position = serializers.SerializerMethodField(help_text="From 1, while it is queued.")
    problem_count = serializers.IntegerField(source="evaluation.problem_count")
    problems = ArchiveProblemSerializer(many=True, help_text="The first problems.")
    problem_groups = ProblemGroupSerializer(
        many=True, help_text="The same, equal ones told once with their files."
    )
    all_problems = serializers.SerializerMethodField(help_text="URL of all problems, if it was rejected.")
    warnings = serializers.ListField(
        child=serializers.CharField(), help_text="Likely mistakes in a scored archive, shown with its scores."
    )
    rule = serializers.IntegerField(source="evaluation.rule.number", help_text="The scoring rule's number.")
    scores = serializers.SerializerMethodField(help_text="As printed on the leaderboard.")
    intervals = serializers.DictField(
        child=IntervalSerializer(),
        allow_null=True,
        help_text=f"{CONFIDENCE_PERCENT} % confidence interval of each metric; null if not computed.",
    )
    compared_with = OwnComparisonSerializer(
        many=True, help_text="The team's previous submission, and the one that the leaderboard uses, if others."
    )
    curve = serializers.SerializerMethodField(help_text="A value for each x, where the scorer has a curve.")
    evaluations = ScoringSerializer(
        source="scorings", many=True, help_text="All that counted, oldest first; the last counts now."
    )
    rank = serializers.IntegerField(allow_null=True, help_text="If the leaderboard uses this submission.")
    events = EventSerializer(source="evaluation.events", many=True)

    def to_representation(self, submission: Submission) -> dict[str, object]:
        return super().to_representation(VisibleSubmission(submission, self.context["request"].user))

    def get_page(self, seen: VisibleSubmission) -> str:
        return absolute_url(self, seen.submission.get_absolute_url())

    def get_all_problems(self, seen: VisibleSubmission) -> str | None:
        if seen.evaluation.state != State.REJECTED:
            return None
        return absolute_url(self, reverse("api:problems", args=[seen.submission.pk]))

    def get_queue_position(self, seen: VisibleSubmission) -> int | None:
        return seen.evaluation.queue_position() if seen.evaluation.state == State.QUEUED else None

    def get_scores(self, seen: VisibleSubmission) -> dict[str, float | None] | None:
        return scores_of(seen)

    def get_curve(self, seen: VisibleSubmission) -> list[float | None] | None:
        if not seen.shows_scores:
            return None
        return curve_as_printed(seen.submission.phase.track.description, seen.evaluation.curve)


class UploadSerializer(serializers.Serializer):
    """A resumable upload."""

    id = serializers.UUIDField()
    offset = serializers.SerializerMethodField(help_text="How many bytes have arrived.")
    length = serializers.IntegerField(help_text="The file's size in bytes.")
    began_at = serializers.DateTimeField(help_text="Decides the deadline.")
    expires_at = serializers.DateTimeField(help_text="When it is removed, unless it was submitted.")

    def get_offset(self, upload: ResumableUpload) -> int:
        return resumable_uploads.offset(upload)


class SubmittedSerializer(SubmissionSerializer):
    """The submission that a request made, or the earlier one that it repeats; then `message` says so."""

    not_saved = serializers.SerializerMethodField(
        help_text="Fields in which the request says something else than the earlier submission that it repeats."
    )

    def to_representation(self, submission: Submission) -> dict[str, object]:
        said = super().to_representation(submission)
        if method := self.context["repeated_by"]:
            said["message"] = f"{replay_text(submission, method, {})} {said['message']}"
        return said

    def get_not_saved(self, seen: VisibleSubmission) -> list[str]:
        method = self.context["repeated_by"]
        return not_saved(method, seen.submission) if method else []


def scores_of(seen: VisibleSubmission) -> dict[str, float | None] | None:
    if not seen.shows_scores:
        return None
    return scores_as_printed(seen.submission.phase.track.description.metrics, seen.evaluation)
