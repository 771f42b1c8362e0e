"""URLs of the public log and its feed."""

from django.urls import path

from server.audit import views

app_name = "public_log"
urlpatterns = [
    path("log/", views.log, name="log"),
    path("feeds/log.atom", views.feed, name="feed"),
]
