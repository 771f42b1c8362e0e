"""Addresses to found and join a team."""

from django.urls import path

from server.teams import views

app_name = "teams"
urlpatterns = [
    path("found/", views.found, name="found"),
    path("join/<uuid:invitation>/", views.join, name="join"),
    path("invite/", views.invite, name="invite"),
    path("invitations/<uuid:invitation>/withdraw/", views.withdraw_invitation, name="withdraw_invitation"),
]
