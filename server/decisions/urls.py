"""URLs of the organisers' pages about teams, submissions and slots."""

from django.urls import path

from server.decisions import pages, views

app_name = "decisions"
urlpatterns = [
    path("teams/", pages.teams, name="teams"),
    path("teams/<uuid:team>/", pages.team, name="team"),
    path("teams/<uuid:team>/rename/", views.rename, name="rename"),
    path("teams/<uuid:team>/captain/", views.appoint, name="appoint"),
    path("teams/<uuid:team>/disqualify/", views.disqualify, name="disqualify"),
    path("disqualifications/<uuid:act>/undo/", views.undo_disqualification, name="undo_disqualification"),
    path("teams/<uuid:team>/grant/", views.grant, name="grant"),
    path("team-locks/<int:lock>/end/", views.end_lock, name="end_lock"),
    path("submissions/<uuid:submission>/", pages.submission, name="submission"),
    path("submissions/<uuid:submission>/review/", views.review, name="review"),
    path("reviews/<int:review>/undo/", views.undo_review, name="undo_review"),
    path("erase-account/", views.erase_account, name="erase_account"),
    path("look-alikes/<int:look_alike>/dismiss/", views.dismiss_look_alike, name="dismiss_look_alike"),
    path("look-alikes/<int:look_alike>/reopen/", views.reopen_look_alike, name="reopen_look_alike"),
    path("grant-to-all/", views.grant_to_all, name="grant_to_all"),
]
