"""URLs to submit, and of actions on a submission."""

from django.urls import path

from server.submissions import entry_views, views

app_name = "submissions"
urlpatterns = [
    path("tracks/<slug:track>/<slug:phase>/submit/", views.submit, name="submit"),
    path("forms/<slug:form_id>/submission/", views.submission_of_form, name="submission_of_form"),
    path("submissions/<uuid:submission>/cancel/", views.cancel, name="cancel"),
    *(
        path(f"submissions/<uuid:submission>/{name}/", view, name=name)
        for name, view in entry_views.ACTIONS.items()
    ),
    path("tracks/<slug:track>/<slug:phase>/pseudonym/", entry_views.pseudonym, name="pseudonym"),
    path("submissions/<uuid:submission>/archive.zip", views.archive, name="archive"),
    path("submissions/<uuid:submission>/problems.json", views.problems, name="problems"),
    path("submissions/<uuid:submission>/problems.csv", views.problems_csv, name="problems_csv"),
]
