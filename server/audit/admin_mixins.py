"""Bases of admin classes: one records changes in the audit log, one links to a row's audit log entries."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.db import models, transaction
from django.db.models import Model, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from server.audit.models import AuditLogEntry, name_of
from server.audit.services import as_text, differences, record


class LinesField(forms.CharField):
    """A text of lines. A browser sends them with other line ends than we store: that is no change."""

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value)).replace("\r\n", "\n")

    def has_changed(self, initial: Any, data: Any) -> bool:
        return not self.disabled and self.to_python(initial) != self.to_python(data)


class AuditedAdmin(admin.ModelAdmin):
    """Admin that writes an audit log entry for each change and each deletion.

    Only the fields that were changed in the form are written and recorded: the others may be stored in another way
    than the form shows them. The form may have a `reason` that is not a field of the row.
    """

    formfield_overrides = {models.TextField: {"form_class": LinesField}}

    recorded_as: str  # with its article: "a phase"

    @transaction.atomic
    def save_model(self, request: HttpRequest, obj: Model, form: ModelForm, change: bool) -> None:
        fields = [name for name in recorded_fields(obj, form) if not change or name in form.changed_data]
        before = as_text(self.model.objects.select_for_update().get(pk=obj.pk), fields) if change else {}
        obj.save(update_fields=fields if change else None)
        changes = differences(before, as_text(obj, fields))
        if changes or not change:
            what = f"changed {self.recorded_as}" if change else f"added {self.recorded_as}"
            reason = form.cleaned_data.get("reason", "")
            record(by=request.user, what=what, subject=obj, changes=changes, reason=reason)

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        """Leave no entry in Django's own history where nothing was changed."""
        return super().log_change(request, obj, message) if message else None

    @transaction.atomic
    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        self._record_deletion(request, obj)
        super().delete_model(request, obj)

    @transaction.atomic
    def delete_queryset(self, request: HttpRequest, queryset: QuerySet) -> None:
        for obj in queryset:
            self._record_deletion(request, obj)
        super().delete_queryset(request, queryset)

    def _record_deletion(self, request: HttpRequest, obj: Model) -> None:
        fields = recorded_fields(obj, self.get_form(request, obj))
        changes = differences(as_text(obj, fields), {})
        record(by=request.user, what=f"deleted {self.recorded_as}", subject=obj, changes=changes)


def recorded_fields(obj: Model, form: ModelForm | type[ModelForm]) -> list[str]:
    """Return the names of the row's fields that this form writes."""
    own = {field.name for field in obj._meta.concrete_fields}
    return [name for name in form.base_fields if name in own]


class LinksToAuditLog:
    """Admin mixin with the field `audit_log`, a link to the audit log entries about the row."""

    @admin.display(description="audit log")
    def audit_log(self, obj: Model | None) -> SafeString | str:
        if obj is None or obj.pk is None:
            return "–"
        count = AuditLogEntry.objects.about(obj).count()
        url = f"{reverse('admin:audit_auditlogentry_changelist')}?{urlencode(name_of(obj))}"
        if not count:
            return "no entries"
        return format_html('<a href="{}">{} {}</a>', url, count, "entry" if count == 1 else "entries")
