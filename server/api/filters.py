"""Filters of lists."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.db.models import OuterRef, QuerySet, Subquery
from django_filters import ChoiceFilter, Filter, FilterSet, ModelChoiceFilter, MultipleChoiceFilter
from django_filters.fields import MultipleChoiceField
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.views import APIView

from server.api.exceptions import InvalidParameter
from server.api.forms import NOT_A_SHA256, SHA256
from server.submissions.models import Evaluation, State, Submission
from server.time_format import InvalidTime, parse_time
from server.tracks.models import Edition, Phase, Track


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


def _visible(model: type[Edition | Track | Phase]) -> Callable[[Request | None], QuerySet[Any]]:
    """The rows that a filter takes: those that the reader may see. The schema has no request."""

    def rows(request: Request | None) -> QuerySet[Any]:
        visible: QuerySet[Any] = model.objects.visible_to(request.user if request else None)
        return visible

    return rows


def _of_edition(field: str) -> ModelChoiceFilter:
    return ModelChoiceFilter(
        queryset=_visible(Edition),
        to_field_name="slug",
        field_name=field,
        help_text="The edition's slug.",
        error_messages={"invalid_choice": "There is no edition with this slug; /api/v1/tracks/ names them."},
    )


class TrackFilter(FilterSet):
    edition = _of_edition("edition")

    class Meta:
        model = Track
        fields = ()


class PhaseFilter(FilterSet):
    edition = _of_edition("track__edition")

    class Meta:
        model = Phase
        fields = ()


class Sha256Field(forms.RegexField):
    def to_python(self, value: object) -> str:
        return str(super().to_python(value)).lower()


class Sha256Filter(Filter):
    field_class = Sha256Field


class TimeField(forms.CharField):
    """A time as `?at=` takes it."""

    def to_python(self, value: object) -> Any:
        text = super().to_python(value)
        try:
            return parse_time(text) if text else None
        except InvalidTime as error:
            raise forms.ValidationError("%(why)s", params={"why": error}) from error  # it has a “%”


class TimeFilter(Filter):
    field_class = TimeField


class StatesField(MultipleChoiceField):
    """Takes an empty value as none, as those of the other parameters are taken."""

    def to_python(self, value: Any) -> list[str]:
        return [state for state in super().to_python(value) if state]


class StatesFilter(MultipleChoiceFilter):
    field_class = StatesField


ORDERINGS = (("received_at", "oldest first"), ("-received_at", "newest first"))


class SubmissionFilter(FilterSet):
    phase = ModelChoiceFilter(
        queryset=_visible(Phase),
        help_text="The phase's id.",
        error_messages={"invalid_choice": "There is no phase with this id; /api/v1/phases/ lists them."},
    )
    track = ModelChoiceFilter(
        queryset=_visible(Track),
        to_field_name="slug",
        field_name="phase__track",
        help_text="The track's slug.",
        error_messages={"invalid_choice": "There is no track with this slug; /api/v1/tracks/ lists them."},
    )
    state = StatesFilter(
        choices=State.choices,
        method="by_state",
        help_text="The state of its evaluation; several, as `state=scored&state=rejected`, mean any of them.",
        error_messages={"invalid_choice": f"There is no such state. Write one of {', '.join(State.values)}."},
    )
    sha256 = Sha256Filter(
        regex=SHA256, error_messages={"invalid": NOT_A_SHA256}, help_text="The archive's SHA-256, in hex."
    )
    since = TimeFilter(
        field_name="received_at",
        lookup_expr="gte",
        help_text="Received at this time or later; without a time zone, UTC.",
    )
    ordering = ChoiceFilter(
        choices=ORDERINGS,
        method="in_order",
        help_text="By the time of receipt; “-”, which is the default, means the newest first.",
        error_messages={"invalid_choice": f"There is no such order. Write one of {', '.join(dict(ORDERINGS))}."},
    )

    class Meta:
        model = Submission
        fields = ()

    def by_state(self, submissions: QuerySet[Submission], name: str, states: list[str]) -> QuerySet[Submission]:
        if not states:
            return submissions
        current = Evaluation.objects.filter(submission=OuterRef("pk")).current_first()
        return submissions.annotate(state=Subquery(current.values("state")[:1])).filter(state__in=states)

    def in_order(self, submissions: QuerySet[Submission], name: str, ordering: str) -> QuerySet[Submission]:
        return submissions.order_by(ordering, "pk")
