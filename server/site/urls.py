"""URLs of the pages that combine several apps."""

from django.urls import path

from server.site import docs, views
from server.site.status import status

app_name = "site"
urlpatterns = [
    path("", views.home, name="home"),
    path("editions/<slug:edition>/", views.edition, name="edition"),
    path("archive/", views.archive, name="archive"),
    path("tracks/<slug:track>/", views.track, name="track"),
    path("team/", views.team, name="team"),
    path("team/quota-history/", views.quota_history, name="quota_history"),
    path("submissions/<uuid:submission>/", views.submission, name="submission"),
    path("submissions/<uuid:submission>/live/", views.submission_live, name="submission_live"),
    path("splits/<slug:track>/<slug:split>/manifest.json", views.manifest, name="manifest"),
    path("splits/<slug:track>/<slug:split>/sample.zip", views.sample, name="sample"),
    path("docs/", docs.index, name="docs"),
    path("docs/problems/", docs.problems, name="problems"),
    path("docs/problems/<slug:code>/", docs.problem, name="problem"),
    path("docs/refusals/", docs.document, {"name": "refusals"}, name="refusals"),
    path("docs/uncertainty/", docs.document, {"name": "uncertainty"}, name="uncertainty"),
    path("docs/<slug:name>/", docs.document, name="document"),
    path("privacy/", views.privacy, name="privacy"),
    path("status/", status, name="status"),
    path("healthz", views.healthz, name="healthz"),
]
