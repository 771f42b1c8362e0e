"""URLs of re-scores, below /organisers/rescores/."""

from django.urls import path

from server.rescores import views

app_name = "rescores"
urlpatterns = [
    path("", views.index, name="index"),
    path("start/<uuid:ground_truth>/", views.start, name="start"),
    path("options/<int:rule>/", views.options, name="options"),
    path("<uuid:rescore>/", views.rescore, name="rescore"),
    path("<uuid:rescore>/table.csv", views.table, name="table"),
    path("<uuid:rescore>/pictures/<int:number>-<slug:kind>.png", views.picture, name="picture"),
    path("<uuid:rescore>/again/", views.again, name="again"),
    path("<uuid:rescore>/all/", views.include_all, name="include_all"),
    path("<uuid:rescore>/publish/", views.publish, name="publish"),
    path("<uuid:rescore>/drop/", views.drop, name="drop"),
]
