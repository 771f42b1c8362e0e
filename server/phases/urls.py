"""URLs of the organisers' pages of phases."""

from django.urls import path

from server.phases import views

app_name = "organiser_phases"
urlpatterns = [
    path("", views.index, name="index"),
    path("change/", views.change, name="change"),
]
