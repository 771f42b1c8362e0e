"""URLs of the organisers' pages of verification cases, below /organisers/verification/."""

from django.urls import path

from server.verification import acts, views

app_name = "verification"
urlpatterns = [
    path("", views.index, name="index"),
    path("open/<int:phase>/", acts.open_cases, name="open"),
    path("<uuid:case>/", views.case, name="case"),
    path("<uuid:case>/extend/", acts.extend, name="extend"),
    path("<uuid:case>/verdict/", acts.verdict, name="verdict"),
    path("<uuid:case>/reopen/", acts.reopen, name="reopen"),
    path("<uuid:case>/mark/", views.mark, name="mark"),
    path("<uuid:case>/write/", views.write, name="write"),
    path("<uuid:case>/predictions/", views.add_predictions, name="add_predictions"),
    path("<uuid:case>/files/<uuid:file>/", views.download, name="download"),
]
