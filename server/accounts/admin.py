"""Accounts in the admin; only superusers come here."""

from allauth.account.admin import EmailAddressAdmin
from allauth.account.models import EmailAddress
from allauth.mfa.admin import AuthenticatorAdmin
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.admin import Group

from server.accounts.models import User
from server.admin_mixins import ReadOnly
from server.audit.admin_mixins import AuditedAdmin, LinksToAuditLog

# Theirs write and leave no decision; groups mean nothing here.
admin.site.unregister([EmailAddress, Authenticator, Group])


@admin.register(User)
class UserAdmin(LinksToAuditLog, AuditedAdmin, admin.ModelAdmin):
    recorded_as = "an account"
    list_display = ["email", "name", "is_active", "is_staff", "date_joined"]
    list_filter = ["is_staff", "is_active"]
    search_fields = ["email", "name"]
    fields = ["email", "name", "is_active", "is_staff", "is_superuser", "date_joined", "last_login", "decisions"]
    readonly_fields = ["email", "date_joined", "last_login", "decisions"]
    ordering = ["-date_joined"]

    def has_add_permission(self, request: object) -> bool:
        return False

    def has_delete_permission(self, request: object, obj: object = None) -> bool:
        return False


@admin.register(EmailAddress)
class AddressAdmin(AuditedAdmin, EmailAddressAdmin):
    recorded_as = "an e-mail address"
    actions = []


@admin.register(Authenticator)
class SecondStepAdmin(ReadOnly, AuthenticatorAdmin):
    """Taken away by `manage.py forget_totp`; what makes the codes is shown to nobody."""

    fields = ["user", "type", "created_at", "last_used_at"]
