"""The account page's addresses; log-in and its kin are allauth's."""

from django.urls import path

from server.accounts import views

app_name = "accounts"
urlpatterns = [
    path("", views.profile, name="profile"),
    path("tokens/", views.make_token, name="make_token"),
    path("tokens/<uuid:token>/revoke/", views.revoke_token, name="revoke_token"),
]
