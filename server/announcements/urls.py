"""URLs of the organisers' announcements."""

from django.urls import path

from server.announcements import views

app_name = "announcements"
urlpatterns = [
    path("", views.index, name="index"),
    path("new/", views.new, name="new"),
    path("<int:announcement>/", views.one, name="one"),
    path("<int:announcement>/edit/", views.edit, name="edit"),
    path("<int:announcement>/send/", views.send, name="send"),
    path("<int:announcement>/discard/", views.discard, name="discard"),
    path("<int:announcement>/end-banner/", views.end_banner, name="end_banner"),
]
