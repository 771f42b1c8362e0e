"""The record of decisions in the admin: to look up, by nobody to change."""

from django.contrib import admin
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from server.audit.models import Decision
from server.readonly import ReadOnlyAdmin


@admin.register(Decision)
class DecisionAdmin(ReadOnlyAdmin):
    list_display = ["at", "who", "what", "subject", "from_to", "reason"]
    list_filter = ["what", ("by", admin.RelatedOnlyFieldListFilter), "app"]
    search_fields = ["what", "subject", "reason", "key", "by__name", "by__email"]
    date_hierarchy = "at"
    list_select_related = ["by"]
    fields = ["at", "who", "what", "subject", "app", "model", "key", "from_to", "reason"]
    readonly_fields = ["who", "from_to"]

    @admin.display(description="by", ordering="by__name")
    def who(self, decision: Decision) -> str:
        return f"{decision.by} ({decision.by.email})" if decision.by else "the server"

    @admin.display(description="from → to")
    def from_to(self, decision: Decision) -> SafeString:
        told = ((name, before or "–", after or "–") for name, (before, after) in decision.changes.items())
        return format_html_join("", "<div>{}: {} → {}</div>", told)
