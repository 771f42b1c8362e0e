"""URLs to submit, and of actions on a submission."""

from django.urls import path

from server.submissions import entry_views, views

app_name = "submissions"
urlpatterns = [
    path("tracks/<slug:track>/<slug:phase>/submit/", views.submit, name="submit"),
    path("submissions/<uuid:submission>/cancel/", views.cancel, name="cancel"),
    path("submissions/<uuid:submission>/withdraw/", entry_views.withdraw, name="withdraw"),
    path("submissions/<uuid:submission>/restore/", entry_views.restore, name="restore"),
    path("submissions/<uuid:submission>/choose/", entry_views.choose, name="choose"),
    path("submissions/<uuid:submission>/unchoose/", entry_views.unchoose, name="unchoose"),
    path("tracks/<slug:track>/<slug:phase>/pseudonym/", entry_views.pseudonym, name="pseudonym"),
    path("submissions/<uuid:submission>/archive.zip", views.archive, name="archive"),
    path("submissions/<uuid:submission>/problems.json", views.problems, name="problems"),
    path("submissions/<uuid:submission>/problems.csv", views.problems_csv, name="problems_csv"),
]
