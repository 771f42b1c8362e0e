"""Django's admin with our site of it."""

from django.contrib.admin.apps import AdminConfig


class OrganisersAdminConfig(AdminConfig):
    default_site = "server.desk.admin_site.OrganisersAdmin"
