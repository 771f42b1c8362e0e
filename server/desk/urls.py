"""URL of the organisers' desk."""

from django.urls import path

from server.desk import views

app_name = "desk"
urlpatterns = [path("", views.desk, name="desk")]
