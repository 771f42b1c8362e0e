"""URLs of the public pages of final results and statistics."""

from django.urls import path

from server.results import views

PHASE = "<slug:track>/<slug:phase>"

app_name = "results"
urlpatterns = [
    path("results/", views.index, name="index"),
    path(f"results/{PHASE}/", views.latest, name="latest"),
    path(f"results/{PHASE}/v<int:number>/", views.version, name="version"),
    path(f"results/{PHASE}/v<int:number>/<str:name>", views.file, name="file"),
    path(f"tracks/{PHASE}/statistics/", views.statistics, name="statistics"),
    path(f"tracks/{PHASE}/statistics/export.<str:extension>", views.statistics_file, name="statistics_file"),
]
