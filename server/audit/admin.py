"""Read-only admin of the audit log."""

from django.contrib import admin
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import Truncator

from server.admin_mixins import ReadOnlyAdmin
from server.audit.models import AuditLogEntry
from server.audit.services import Changes

MAX_FIELDS_IN_LIST, MAX_CHARACTERS_IN_LIST = 3, 40
SERVER = "the server"


@admin.register(AuditLogEntry)
class AuditLogEntryAdmin(ReadOnlyAdmin):
    list_display = ["at", "name", "what", "subject", "in_short", "reason"]
    list_filter = ["what", ("by", admin.RelatedOnlyFieldListFilter)]
    search_fields = ["what", "subject", "reason", "key", "by__name", "by__email"]
    date_hierarchy = "at"
    list_select_related = ["by"]
    fields = ["at", "who", "what", "subject", "app", "model", "key", "from_to", "reason"]
    readonly_fields = ["who", "from_to"]

    @admin.display(description="by", ordering="by__name")
    def name(self, entry: AuditLogEntry) -> str:
        return str(entry.by or SERVER)

    @admin.display(description="by")
    def who(self, entry: AuditLogEntry) -> str:
        return f"{entry.by} ({entry.by.email})" if entry.by else SERVER

    @admin.display(description="from → to")
    def from_to(self, entry: AuditLogEntry) -> SafeString:
        return in_lines(entry.changes)

    @admin.display(description="from → to")
    def in_short(self, entry: AuditLogEntry) -> SafeString:
        first = list(entry.changes.items())[:MAX_FIELDS_IN_LIST]
        short = {name: [Truncator(text).chars(MAX_CHARACTERS_IN_LIST) for text in pair] for name, pair in first}
        more = len(entry.changes) - len(first)
        return format_html("{}<div>and {} more</div>", in_lines(short), more) if more else in_lines(short)


def in_lines(changes: Changes) -> SafeString:
    lines = ((name, before or "–", after or "–") for name, (before, after) in changes.items())
    return format_html_join("", "<div>{}: {} → {}</div>", lines)
