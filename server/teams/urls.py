"""URLs to create, join, change and leave a team."""

from django.urls import path

from server.teams import views

app_name = "teams"
urlpatterns = [
    path("create/", views.create, name="create"),
    path("join/<uuid:invitation>/", views.join, name="join"),
    path("leave/", views.leave, name="leave"),
    path("names/", views.rename, name="rename"),
    path("invite/", views.invite, name="invite"),
    path("invite/by-mail/", views.invite_person, name="invite_person"),
    path("invitations/<uuid:invitation>/withdraw/", views.withdraw_invitation, name="withdraw_invitation"),
    path("members/<uuid:member>/remove/", views.remove, name="remove"),
    path("members/<uuid:member>/captain/", views.transfer_captaincy, name="transfer_captaincy"),
]
