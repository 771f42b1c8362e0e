"""URLs of the public announcements and their feed."""

from django.urls import path

from server.announcements import public_views

app_name = "public_announcements"
urlpatterns = [
    path("announcements/", public_views.index, name="index"),
    path("announcements/<int:announcement>/", public_views.one, name="one"),
    path("feeds/announcements.atom", public_views.feed, name="feed"),
]
