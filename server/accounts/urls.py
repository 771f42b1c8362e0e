"""URLs of the account pages: our own, those of allauth that we changed, and the rest of allauth."""

from django.urls import include, path, re_path

from server.accounts import views

OWN = [
    path("", views.profile, name="profile"),
    path("sessions/end/", views.end_sessions, name="end_sessions"),
    path("tokens/", views.make_token, name="make_token"),
    path("tokens/<uuid:token>/revoke/", views.revoke_token, name="revoke_token"),
]
urlpatterns = [
    path("", include((OWN, "accounts"))),
    path("confirm-email/<key>/", views.confirm_email, name="account_confirm_email"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        views.reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("", include("allauth.urls")),
]
