"""Duplicate archives of different teams, and equal maps: shown to organisers, with no automatic consequence."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from server.submissions.models import LookAlike, Submission


def from_other_teams(submission: Submission) -> QuerySet[Submission]:
    """Return other teams' submissions with the same bytes, in any phase."""
    return Submission.objects.filter(sha256=submission.sha256).exclude(team=submission.team_id)


def of_several_teams() -> QuerySet[Submission, Any]:
    """Return the hashes that more than one team has submitted."""
    hashes = Submission.objects.order_by().values("sha256")
    return hashes.annotate(teams=Count("team", distinct=True)).filter(teams__gt=1).values("sha256")


def flagged(submissions: QuerySet[Submission]) -> set[UUID]:
    """Return the keys of those with the same bytes as another team's, or many equal maps."""
    same = submissions.filter(sha256__in=of_several_teams()).values_list("pk", flat=True)
    return LookAlike.objects.open().submissions().union(same)


class SameBytes(admin.SimpleListFilter):
    title = "duplicate archives"
    parameter_name = "same_bytes"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [("another_team", "same bytes as another team’s"), ("equal_maps", "maps equal to another team’s")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Submission]) -> QuerySet[Submission]:
        if self.value() == "equal_maps":
            return queryset.filter(pk__in=LookAlike.objects.open().submissions())
        return queryset.filter(sha256__in=of_several_teams()) if self.value() else queryset
