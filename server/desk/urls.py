"""URLs of the organisers' desk."""

from django.urls import path

from server.desk import views

app_name = "desk"
urlpatterns = [
    path("", views.desk, name="desk"),
    path("live/", views.live, name="live"),
    path("run-again/<uuid:evaluation>/", views.run_again, name="run_again"),
    path("retry-mail/<uuid:mail>/", views.retry_mail, name="retry_mail"),
    path("release-emails/", views.release_emails, name="release_emails"),
    path("drop-emails/", views.drop_emails, name="drop_emails"),
    path("put-away/", views.put_away, name="put_away"),
    path("show-again/<int:row>/", views.show_again, name="show_again"),
]
