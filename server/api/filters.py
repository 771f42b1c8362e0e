"""Filters of lists."""

from django.db.models import OuterRef, QuerySet, Subquery
from django_filters import CharFilter, ChoiceFilter, FilterSet, ModelChoiceFilter

from server.submissions.models import Evaluation, State, Submission
from server.tracks.models import Phase


class SubmissionFilter(FilterSet):
    phase = ModelChoiceFilter(queryset=Phase.objects.all(), help_text="The phase's id.")
    track = CharFilter(field_name="phase__track__slug", help_text="The track's slug.")
    state = ChoiceFilter(choices=State.choices, method="by_state", help_text="The state of its evaluation.")

    class Meta:
        model = Submission
        fields = ()

    def by_state(self, submissions: QuerySet[Submission], name: str, state: str) -> QuerySet[Submission]:
        newest = Evaluation.objects.filter(submission=OuterRef("pk")).order_by("-queued_at")
        return submissions.annotate(state=Subquery(newest.values("state")[:1])).filter(state=state)
