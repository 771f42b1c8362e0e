"""URL of the e-mail preferences."""

from django.urls import path

from server.outbox import views

app_name = "outbox"
urlpatterns = [path("emails/", views.preferences, name="preferences")]
