"""The admin beneath the desk: its lists grouped by what an organiser does."""

from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET

# Each list stands in one group; what is named nowhere stands in the last one.
GROUPS = {
    "Editions, tracks and phases": ("Edition", "Track", "Phase"),
    "Ground truth and scoring": ("GroundTruth", "ScoringRule", "Evaluation"),
    "Submissions": ("Submission", "Slot", "SlotGrant", "Rescore", "VerificationCase", "WorkerHost"),
    "Leaderboards": ("Board", "Review"),
    "Teams": ("Team", "Membership", "TeamLock"),
    "People": ("User", "EmailAddress", "Authenticator"),
    "What was sent and done": ("OutboxEmail", "AuditLogEntry"),
}
OTHERS = "More"


class OrganisersAdmin(admin.AdminSite):
    site_header = site_title = "LID challenge: organisers"
    index_title = "The admin"
    enable_nav_sidebar = False  # lists need the width, and the groups are one click away

    # It uses the site's log-in and password pages, with their rate limits, e-mails and two-step log-in: its own
    # log-in would let an organiser try, and use, the passwords of others.
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        answer: HttpResponse = secure_admin_login(require_GET(super().login))(request, extra_context)
        return answer

    def password_change(  # type: ignore[override]  # Django's own shows a form
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return redirect("account_change_password")

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[dict[str, Any]]:
        """The groups in place of the apps; for the page of one app, that app."""
        apps = super().get_app_list(request, app_label)
        if app_label:
            return apps
        models = {model["object_name"]: model for app in apps for model in app["models"]}
        named = {name for names in GROUPS.values() for name in names}
        groups = GROUPS | {OTHERS: tuple(name for name in models if name not in named)}
        filled = {title: [models[name] for name in names if name in models] for title, names in groups.items()}
        return [_group(title, listed) for title, listed in filled.items() if listed]


def _group(title: str, models: list[dict[str, Any]]) -> dict[str, Any]:
    """As Django's templates want an app. Its link leads to the first list."""
    label = title.lower().replace(" ", "-")
    url = models[0]["admin_url"] or reverse("admin:index")
    return {"name": title, "app_label": label, "app_url": url, "has_module_perms": True, "models": models}
