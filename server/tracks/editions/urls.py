"""URLs of the organisers' pages of editions."""

from django.urls import path

from server.tracks.editions import views

app_name = "editions"
urlpatterns = [
    path("", views.index, name="index"),
    path("open/", views.open_next, name="open"),
    path("rules/<slug:track>/", views.rules, name="rules"),
    path("of/<slug:edition>/", views.detail, name="detail"),
    path("of/<slug:edition>/list/", views.list_, name="list"),
    path("of/<slug:edition>/unlist/", views.withdraw, name="unlist"),
    path("of/<slug:edition>/delete/", views.delete, name="delete"),
]
