"""URLs of a team's verification cases, below /team/verification/."""

from django.urls import path

from server.verification import team_views

app_name = "cases"
urlpatterns = [
    path("<uuid:case>/", team_views.case, name="case"),
    path("<uuid:case>/upload/", team_views.upload, name="upload"),
    path("files/<uuid:file>/remove/", team_views.remove_file, name="remove_file"),
    path("<uuid:case>/code/", team_views.give_link, name="give_link"),
    path("<uuid:case>/write/", team_views.write, name="write"),
]
