"""URL configuration of the site."""

from django.conf import settings
from django.contrib import admin
from django.templatetags.static import static
from django.urls import include, path
from django.views.generic import RedirectView

from server.desk.readiness import readyz

urlpatterns = [
    path("", include("server.site.urls")),
    path("", include("leaderboard.urls")),
    path("", include("server.submissions.urls")),
    path("", include("server.announcements.public_urls")),
    path("", include("server.audit.urls")),
    path("team/verification/", include("server.verification.team_urls")),
    path("", include("server.results.urls")),
    path("team/", include("server.teams.urls")),
    path("account/", include("server.accounts.urls")),
    path("account/", include("server.outbox.urls")),
    path("account/", include("server.erasure.urls")),
    path("api/", include("server.api.urls")),
    path("organisers/rescores/", include("server.rescores.urls")),
    path("organisers/verification/", include("server.verification.urls")),
    path("organisers/", include("server.desk.urls")),
    path("organisers/ground-truth/", include("server.tracks.urls")),
    path("organisers/editions/", include("server.tracks.editions.urls")),
    path("organisers/results/", include("server.results.organiser_urls")),
    path("organisers/phases/", include("server.phases.urls")),
    path("organisers/", include("server.decisions.urls")),
    path("organisers/announcements/", include("server.announcements.urls")),
    path("readyz", readyz, name="readyz"),
    path(settings.ADMIN_PATH, admin.site.urls),
    path("favicon.ico", RedirectView.as_view(url=static("img/favicon.svg"))),
]
handler400 = "server.error_views.bad_request"
handler429 = "server.accounts.views.too_many_requests"  # the name that allauth looks for
handler500 = "server.error_views.server_error"
