"""URLs of the pages of one's own data."""

from django.urls import path

from server.erasure import views

app_name = "erasure"
urlpatterns = [
    path("data/", views.data, name="data"),
    path("data/stored-about-me.json", views.data_json, name="data_json"),
    path("delete/", views.delete, name="delete"),
]
