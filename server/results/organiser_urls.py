"""URLs of the organisers' pages of final results and paper packs."""

from django.urls import path

from server.results import organiser_views as views

app_name = "organiser_results"
urlpatterns = [
    path("", views.index, name="index"),
    path("publish/", views.publish, name="publish"),
    path("<int:results>/withdraw/", views.withdraw, name="withdraw"),
    path("packs/make/", views.make_pack, name="make_pack"),
    path("packs/<uuid:pack>/download/", views.download_pack, name="download_pack"),
    path("packs/<uuid:pack>/delete/", views.delete_pack, name="delete_pack"),
]
