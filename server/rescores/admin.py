"""Read-only admin of re-scores; their pages are where an organiser acts."""

from django.contrib import admin

from server.admin_mixins import ReadOnlyAdmin
from server.rescores.models import Rescore


@admin.register(Rescore)
class RescoreAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "state", "scope", "created_at", "created_by", "ended_at", "reason"]
    list_filter = ["state", "track", "split"]
    list_select_related = ["track", "created_by"]
    search_fields = ["track__title", "reason"]
