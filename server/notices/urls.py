"""The address of the choice of mails."""

from django.urls import path

from server.notices import views

app_name = "notices"
urlpatterns = [path("notices/", views.choose, name="choose")]
