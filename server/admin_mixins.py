"""Admin mixins for rows that only services write."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.http import HttpRequest


class ReadOnly:
    """Admin mixin that allows viewing, searching and filtering, and nothing else."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class HappenedFilter(admin.EmptyFieldListFilter):
    """Filter by a time that is empty until something happens: whether it has."""

    def choices(self, changelist: Any) -> Iterator[Any]:
        words = {"Empty": "no", "Not empty": "yes"}
        for choice in super().choices(changelist):
            yield {**choice, "display": words.get(str(choice["display"]), choice["display"])}


class ReadOnlyAdmin(ReadOnly, admin.ModelAdmin):
    pass


class ReadOnlyInline(ReadOnly, admin.TabularInline):
    extra = 0
