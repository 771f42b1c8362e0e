"""Read-only admin of verification cases; their pages are where an organiser acts."""

from django.contrib import admin

from server.admin_mixins import ReadOnlyAdmin
from server.verification.models import VerificationCase


@admin.register(VerificationCase)
class VerificationCaseAdmin(ReadOnlyAdmin):
    fields = [
        *("submission", "state", "asked_for", "opened_at", "opened_by", "asked_at", "due_at"),
        *("code_url", "commit", "parameters", "closed_at", "closed_by", "reason", "delete_files_at"),
    ]
    list_display = ["__str__", "state", "opened_at", "opened_by", "due_at", "closed_at", "reason"]
    list_filter = ["state", "submission__phase"]
    list_select_related = ["submission__team", "submission__phase__track", "opened_by"]
    search_fields = ["submission__team__name", "reason"]
