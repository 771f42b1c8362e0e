"""URL configuration of the site."""

from allauth.account.decorators import secure_admin_login
from django.conf import settings
from django.contrib import admin
from django.templatetags.static import static
from django.urls import include, path
from django.views.decorators.http import require_GET
from django.views.generic import RedirectView

# The admin uses the site's log-in and password pages, with their rate limits, e-mails and two-step log-in: its own
# log-in would let an organiser try, and use, the passwords of others.
admin.site.login = secure_admin_login(require_GET(admin.site.login))  # type: ignore[method-assign]  # as allauth says
admin.site.password_change = RedirectView.as_view(pattern_name="account_change_password")  # type: ignore[method-assign, assignment]
admin.site.site_header = admin.site.site_title = "LID challenge: organisers"
admin.site.index_title = "The challenge"

urlpatterns = [
    path("", include("server.site.urls")),
    path("", include("leaderboard.urls")),
    path("", include("server.submissions.urls")),
    path("", include("server.announcements.public_urls")),
    path("", include("server.audit.urls")),
    path("team/", include("server.teams.urls")),
    path("account/", include("server.accounts.urls")),
    path("account/", include("server.outbox.urls")),
    path("api/", include("server.api.urls")),
    path("organisers/rescores/", include("server.rescores.urls")),
    path("organisers/", include("server.desk.urls")),
    path("organisers/phases/", include("server.phases.urls")),
    path("organisers/announcements/", include("server.announcements.urls")),
    path(settings.ADMIN_PATH, admin.site.urls),
    path("favicon.ico", RedirectView.as_view(url=static("img/favicon.svg"))),
]
handler400 = "server.error_views.bad_request"
handler429 = "server.accounts.views.too_many_requests"  # the name that allauth looks for
handler500 = "server.error_views.server_error"
