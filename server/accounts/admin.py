"""Admin of accounts; for superusers only."""

from typing import Any

import django.contrib.auth.admin  # noqa: F401  (registers Group, which is unregistered here)
from allauth.account.admin import EmailAddressAdmin
from allauth.account.models import EmailAddress
from allauth.mfa.admin import AuthenticatorAdmin
from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import admin
from django.contrib.auth.models import Group

from server.accounts.addresses import check_in_words
from server.accounts.forms import TidiesName
from server.accounts.models import User
from server.admin_mixins import ReadOnly
from server.audit.admin_mixins import AuditedAdmin, LinksToAuditLog

# allauth's own admin pages leave no audit log entry; groups are not used.
admin.site.unregister([EmailAddress, Authenticator, Group])


class UserForm(TidiesName, forms.ModelForm):
    """The rules for names do not keep an organiser from closing an account with an older name."""


@admin.register(User)
class UserAdmin(LinksToAuditLog, AuditedAdmin):
    form = UserForm
    recorded_as = "an account"
    list_display = ["email", "name", "is_active", "is_staff", "date_joined"]
    list_filter = ["is_staff", "is_active"]
    search_fields = ["email", "name"]
    fields = ["email", "name", "is_active", "is_staff", "is_superuser", "date_joined", "last_login", "audit_log"]
    readonly_fields = ["email", "date_joined", "last_login", "audit_log"]
    ordering = ["-date_joined"]

    def has_add_permission(self, request: object) -> bool:
        return False

    def has_delete_permission(self, request: object, obj: object = None) -> bool:
        return False


class AddressForm(forms.ModelForm):
    """The rule for addresses does not keep an organiser from saving an older one as it is."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "email" in self.changed_data:
            check_in_words(self.fields["email"])


@admin.register(EmailAddress)
class AddressAdmin(AuditedAdmin, EmailAddressAdmin):
    form = AddressForm
    recorded_as = "an e-mail address"
    actions: list[str] = []


@admin.register(Authenticator)
class SecondStepAdmin(ReadOnly, AuthenticatorAdmin):
    """Read-only admin of authenticators, without secrets; `manage.py forget_totp` removes them."""

    fields = ["user", "type", "created_at", "last_used_at"]
