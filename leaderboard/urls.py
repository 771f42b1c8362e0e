"""Addresses of the leaderboards."""

from django.urls import path

from leaderboard import views

app_name = "leaderboard"
urlpatterns = [
    path("tracks/<slug:track>/<slug:phase>/leaderboard/", views.board, name="board"),
    path("archive/lid-2020/", views.archive, name="archive"),
]
