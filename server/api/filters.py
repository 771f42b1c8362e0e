"""Filters of lists."""

from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django_filters import ChoiceFilter, FilterSet, ModelChoiceFilter
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.views import APIView

from server.api.exceptions import InvalidParameter
from server.submissions.models import Evaluation, State, Submission
from server.tracks.models import Phase, Track


class FilterBackend(DjangoFilterBackend):
    """Applies a view's filters. Raises InvalidParameter where one has no such value."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: APIView) -> QuerySet[Any]:
        try:
            narrowed: QuerySet[Any] = super().filter_queryset(request, queryset, view)
        except ValidationError as error:
            by_parameter: Any = error.detail
            errors = {name: list(map(str, wrong)) for name, wrong in by_parameter.items()}
            raise InvalidParameter(errors=errors) from error
        return narrowed


class SubmissionFilter(FilterSet):
    phase = ModelChoiceFilter(
        queryset=Phase.objects.all(),
        help_text="The phase's id.",
        error_messages={"invalid_choice": "There is no phase with this id; /api/v1/phases/ lists them."},
    )
    track = ModelChoiceFilter(
        queryset=Track.objects.all(),
        to_field_name="slug",
        field_name="phase__track",
        help_text="The track's slug.",
        error_messages={"invalid_choice": "There is no track with this slug; /api/v1/tracks/ lists them."},
    )
    state = ChoiceFilter(
        choices=State.choices,
        method="by_state",
        help_text="The state of its evaluation.",
        error_messages={"invalid_choice": f"There is no such state. Write one of {', '.join(State.values)}."},
    )

    class Meta:
        model = Submission
        fields = ()

    def by_state(self, submissions: QuerySet[Submission], name: str, state: str) -> QuerySet[Submission]:
        current = Evaluation.objects.filter(submission=OuterRef("pk")).current_first()
        return submissions.annotate(state=Subquery(current.values("state")[:1])).filter(state=state)
