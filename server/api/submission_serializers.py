"""Serializers of submissions: what was received, the state of the evaluation, the results."""

from dataclasses import dataclass
from functools import cached_property

from django.db.models import Prefetch, QuerySet
from django.urls import reverse
from rest_framework import serializers

from leaderboard.compare.own_pairs import OwnComparison, comparisons_of
from leaderboard.intervals.queries import score_intervals
from leaderboard.intervals.values import MetricInterval
from leaderboard.ranking.standings import Standing, row_of_team
from server.accounts.models import User
from server.api.interval_serializers import IntervalsField, OwnComparisonSerializer
from server.api.serializers import (
    TO_THE_SECOND,
    absolute_url,
    curve_as_printed,
    scores_as_printed,
)
from server.submissions.method import not_saved, replay_text
from server.submissions.models import Evaluation, Slot, State, Submission
from server.submissions.rejection_report import ShownGroup, first_groups, first_of
from server.submissions.waiting import why_it_waits

NOT_LOST = "You will not lose it if our server fails."


@dataclass
class VisibleSubmission:
    """A submission with its newest evaluation and slot, as far as the reader may see them."""

    submission: Submission
    reader: User

    @cached_property
    def evaluation(self) -> Evaluation:
        return self.submission.evaluations.all()[0]

    @cached_property
    def slot(self) -> Slot:
        return self.submission.slots.all()[0]

    @property
    def shows_scores(self) -> bool:
        scored = self.evaluation.state == State.SCORED and not self.submission.phase.track.scorer_error
        return scored and self.submission.shows_results_to(self.reader)

    @property
    def problems(self) -> list[dict[str, str]]:
        return first_of(self.evaluation.problems)

    @property
    def problem_groups(self) -> list[ShownGroup]:
        return first_groups(self.evaluation.problems)

    @property
    def warnings(self) -> list[str]:
        """Shown with the scores only: some compare the archive with the ground truth."""
        return list(self.evaluation.warnings) if self.shows_scores else []

    @cached_property
    def row_of_team(self) -> Standing | None:
        return row_of_team(self.submission, include_hidden=self.reader.is_staff) if self.shows_scores else None

    @property
    def rank(self) -> int | None:
        row = self.row_of_team
        return row.rank if row and row.submission.pk == self.submission.pk else None

    @property
    def intervals(self) -> dict[str, MetricInterval] | None:
        return score_intervals(self.evaluation) if self.shows_scores else None

    @property
    def compared_with(self) -> list[OwnComparison]:
        return comparisons_of(self.evaluation, self.row_of_team) if self.shows_scores else []

    @property
    def message(self) -> str:
        """State and slot in a sentence."""
        received = f"Received {self.submission.began_at:%-d %b %Y, %H:%M:%S} UTC"
        slot = f"slot {self.slot.number} of {self.slot.limit}"
        outcomes = {
            State.SCORED: f"{received}, scored; {slot} used.",
            State.REJECTED: f"{received}, but the archive has problems; {slot} returned. Fix the problems.",
            State.FAILED: f"{received}, but the server failed; {slot} returned. The organisers were notified.",
            State.CANCELLED: f"{received}, cancelled before scoring began; {slot} returned.",
        }
        pending = f"{received}, before the deadline; {slot} reserved. {NOT_LOST} {why_it_waits(self.evaluation)}"
        return outcomes.get(State(self.evaluation.state), pending.strip())


def prefetched(submissions: QuerySet[Submission], *deferred: str) -> QuerySet[Submission]:
    """Prefetch what the serializers read, newest first, without the `deferred` fields of evaluations."""
    evaluations = (
        Evaluation.objects.select_related("rule__ground_truth", "interval")
        .defer("per_class", "interval__bands", *deferred)
        .order_by("-queued_at")
    )
    return (
        submissions.select_related("phase__track", "team", "submitted_by")
        .prefetch_related(Prefetch("evaluations", evaluations), Prefetch("slots", Slot.objects.with_limit()))
        .order_by("-received_at", "pk")
    )


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
    before = serializers.CharField()
    after = serializers.CharField()
    cause = serializers.CharField(source="in_words")


class ArchiveProblemSerializer(serializers.Serializer):
    code = serializers.CharField()
    file = serializers.CharField()
    found = serializers.CharField()
    expected = serializers.CharField()
    fix = serializers.CharField()
    docs = serializers.SerializerMethodField(help_text="URL of the page that explains how to fix it.")

    def get_docs(self, problem: dict[str, str]) -> str:
        return absolute_url(self, f"{reverse('site:problems')}{problem['code']}/")


class ProblemGroupSerializer(serializers.Serializer):
    """Problems that are equal but for the file."""

    code = serializers.CharField()
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
    problems = serializers.ListField(child=serializers.DictField(child=serializers.CharField()))


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
    intervals = IntervalsField()
    problem_count = serializers.IntegerField(source="evaluation.problem_count")
    slot = SlotSerializer()

    def to_representation(self, submission: Submission) -> dict[str, object]:
        return super().to_representation(VisibleSubmission(submission, self.context["request"].user))

    def get_scores(self, seen: VisibleSubmission) -> dict[str, float | None] | None:
        return scores_of(seen)


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
    code_url = serializers.URLField(source="submission.code_url")
    paper_url = serializers.URLField(source="submission.paper_url")
    project_url = serializers.URLField(source="submission.project_url")
    rules_kept = serializers.ListField(
        child=serializers.CharField(), source="submission.rules_kept", help_text="As declared, word for word."
    )
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
    intervals = IntervalsField()
    compared_with = OwnComparisonSerializer(
        many=True, help_text="The team's previous submission, and the one that the leaderboard uses, if others."
    )
    curve = serializers.SerializerMethodField(help_text="A value for each x, where the scorer has a curve.")
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
