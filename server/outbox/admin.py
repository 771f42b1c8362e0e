"""Read-only admin of outgoing e-mails; only superusers see their texts."""

from django.contrib import admin
from django.http import HttpRequest

from server.admin_mixins import HappenedFilter, ReadOnlyAdmin
from server.outbox.models import OutboxEmail


@admin.register(OutboxEmail)
class OutboxEmailAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "kind", "recipient", "subject", "sent_at", "tries", "last_error"]
    list_filter = ["kind", ("sent_at", HappenedFilter), ("last_error", HappenedFilter)]
    search_fields = ["user__email", "address", "subject"]
    date_hierarchy = "created_at"
    list_select_related = ["user"]

    def get_fields(self, request: HttpRequest, obj: object = None) -> tuple[str, ...]:
        times = ("created_at", "not_before", "until", "sent_at")
        text = ("text",) if request.user.is_superuser else ()
        return ("kind", "recipient", "subject", *text, *times, "tries", "last_error")

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Forbid filters on hidden fields: by default texts and links could be guessed piece by piece."""
        return lookup.partition("__")[0] not in {"text", "key"} and super().lookup_allowed(lookup, value, request)
