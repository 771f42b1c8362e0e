"""API views of announcements, for organisers: drafts, sending, the banner."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.generics import ListAPIView

from server.announcements import services as announcements
from server.announcements.forms import AnnouncementForm
from server.announcements.models import Announcement
from server.api.acts import OrganiserAct
from server.api.organiser_serializers import AnnouncementSerializer
from server.api.organiser_views import ANSWERS, Answer, Cleaned
from server.api.pagination import PAGING
from server.api.requests import TokenRequest
from server.api.schema import refusals


@extend_schema_view(
    get=extend_schema(responses={200: AnnouncementSerializer(many=True), **refusals(403, 404)}),
    post=extend_schema(
        description="Writes a draft; sending it has an address of its own. Fields: those of the page; `dry_run`.",
        responses=ANSWERS,
    ),
)
class Announcements(OrganiserAct, ListAPIView):
    """All announcements, drafts among them; POST writes a draft."""

    form_class = AnnouncementForm
    serializer_class = AnnouncementSerializer
    queryset = Announcement.objects.all()
    query_parameters = PAGING

    def preview_of(self, data: Cleaned) -> Any:
        return announcements.preview_draft(audience=self.form.audience(), **self.form.fields_said())

    def do(self, request: TokenRequest, data: Cleaned, *, seen: str | None) -> Answer:
        audience, said = self.form.audience(), self.form.fields_said()
        return {"id": announcements.draft_announcement(by=request.user, audience=audience, **said).pk}


@extend_schema(
    description="Changes a draft to what is sent: a field that is left out is as on an empty page. Fields: those "
    "of the page, `dry_run`, `preview`.",
    responses=ANSWERS,
)
class EditAnnouncement(OrganiserAct):
    form_class = AnnouncementForm

    def preview_of(self, data: Cleaned, *, announcement: int) -> Any:
        draft, audience = get_object_or_404(Announcement, pk=announcement), self.form.audience()
        return announcements.preview_edit(draft, audience=audience, **self.form.fields_said())

    def do(self, request: TokenRequest, data: Cleaned, *, seen: str | None, announcement: int) -> None:
        said = {"audience": self.form.audience(), "preview": seen, **self.form.fields_said()}
        draft = get_object_or_404(Announcement, pk=announcement)
        announcements.edit_announcement(draft, by=request.user, **said)


@extend_schema(description="Sends a draft. Fields: `dry_run`, `preview`.", responses=ANSWERS)
class SendAnnouncement(OrganiserAct):
    def preview_of(self, data: Cleaned, *, announcement: int) -> Any:
        return announcements.preview_announcement(get_object_or_404(Announcement, pk=announcement))

    def do(self, request: TokenRequest, data: Cleaned, *, seen: str | None, announcement: int) -> None:
        draft = get_object_or_404(Announcement, pk=announcement)
        announcements.send_announcement(draft, by=request.user, seen=seen)


@extend_schema(description="Deletes a draft. Fields: `dry_run`, `preview`.", responses=ANSWERS)
class DiscardAnnouncement(OrganiserAct):
    def preview_of(self, data: Cleaned, *, announcement: int) -> Any:
        return announcements.preview_discard(get_object_or_404(Announcement, pk=announcement))

    def do(self, request: TokenRequest, data: Cleaned, *, seen: str | None, announcement: int) -> None:
        draft = get_object_or_404(Announcement, pk=announcement)
        announcements.discard_announcement(draft, by=request.user, seen=seen)


@extend_schema(
    description="Takes an announcement off the banner; it stays on the site. Fields: `dry_run`, `preview`.",
    responses=ANSWERS,
)
class EndBanner(OrganiserAct):
    def preview_of(self, data: Cleaned, *, announcement: int) -> Any:
        return announcements.preview_end_banner(get_object_or_404(Announcement, pk=announcement))

    def do(self, request: TokenRequest, data: Cleaned, *, seen: str | None, announcement: int) -> None:
        sent = get_object_or_404(Announcement, pk=announcement)
        announcements.end_banner(sent, by=request.user, seen=seen)
