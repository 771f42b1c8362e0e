"""URLs of the organisers' pages of ground truth."""

from django.urls import path

from server.tracks import views

app_name = "ground_truth"
urlpatterns = [
    path("", views.index, name="index"),
    path("upload/<slug:track>/", views.upload, name="upload"),
    path("<uuid:ground_truth>/", views.detail, name="detail"),
    path("<uuid:ground_truth>/live/", views.live, name="live"),
    path("<uuid:ground_truth>/publish/", views.publish, name="publish"),
    path("<uuid:ground_truth>/remove/", views.remove, name="remove"),
]
