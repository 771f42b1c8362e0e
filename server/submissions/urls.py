"""Addresses of the hand-in."""

from django.urls import path

from server.submissions import views

app_name = "submissions"
urlpatterns = [
    path("tracks/<slug:track>/<slug:phase>/submit/", views.submit, name="submit"),
    path("submissions/<uuid:submission>/cancel/", views.cancel, name="cancel"),
    path("submissions/<uuid:submission>/problems.json", views.problems, name="problems"),
]
