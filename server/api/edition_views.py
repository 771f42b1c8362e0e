"""API views of acts on editions: open the next one, list one, unlist one, delete one."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from server.api.act_serializers import act_answer
from server.api.acts import OrganiserAct
from server.api.requests import TokenRequest
from server.api.schema import refusals
from server.tracks.editions import deletion, listing, opening
from server.tracks.editions.forms import OpeningActForm
from server.tracks.editions.plan import EditionPlan, copies_of
from server.tracks.models import Edition
from server.tracks.upload_form import ReasonActForm

ANSWER = act_answer("OpenedEdition", edition=serializers.CharField(help_text="Its slug."))
ANSWERS: dict[Any, Any] = {200: ANSWER, **refusals(404, 409)}
Cleaned = dict[str, Any]


def _plan(data: Cleaned) -> EditionPlan:
    return copies_of(data["copy"], data["title"], data["starts_on"])


@extend_schema(responses=ANSWERS)
class OpenEdition(OrganiserAct):
    """Create an edition, not listed, with copies of all tracks and phases of another one.

    Fields: `copy` (its slug), `title`, `starts_on`, `reason`. No ground truth is copied. What the page lets you
    change beforehand, the admin changes afterwards.
    """

    form_class = OpeningActForm

    def preview_of(self, data: Cleaned) -> opening.OpeningPreview:
        return opening.preview_opening(_plan(data))

    def do(self, request: TokenRequest, data: Cleaned, *, seen: str | None) -> dict[str, str]:
        edition = opening.open_edition(_plan(data), by=request.user, reason=data["reason"], seen=seen)
        return {"edition": edition.slug}


@extend_schema(responses=ANSWERS)
class ListEdition(OrganiserAct):
    """Make an edition public. Field: `reason`."""

    form_class = ReasonActForm

    def preview_of(self, data: Cleaned, *, edition: str) -> listing.ListingPreview:
        return listing.preview_listing(get_object_or_404(Edition, slug=edition))

    def do(self, request: TokenRequest, data: Cleaned, *, seen: str | None, edition: str) -> None:
        listing.list_edition(get_object_or_404(Edition, slug=edition), by=request.user, seen=seen, **data)


@extend_schema(responses=ANSWERS)
class UnlistEdition(OrganiserAct):
    """Make an edition to which nobody has submitted invisible again. Field: `reason`."""

    form_class = ReasonActForm

    def preview_of(self, data: Cleaned, *, edition: str) -> listing.ListingPreview:
        return listing.preview_unlisting(get_object_or_404(Edition, slug=edition))

    def do(self, request: TokenRequest, data: Cleaned, *, seen: str | None, edition: str) -> None:
        listing.unlist_edition(get_object_or_404(Edition, slug=edition), by=request.user, seen=seen, **data)


@extend_schema(responses=ANSWERS)
class DeleteEdition(OrganiserAct):
    """Delete an edition that is not listed, with its tracks and phases, while nothing else belongs to it.

    Field: `reason`.
    """

    form_class = ReasonActForm

    def preview_of(self, data: Cleaned, *, edition: str) -> listing.ListingPreview:
        return deletion.preview_deletion(get_object_or_404(Edition, slug=edition))

    def do(self, request: TokenRequest, data: Cleaned, *, seen: str | None, edition: str) -> None:
        deletion.delete_edition(get_object_or_404(Edition, slug=edition), by=request.user, seen=seen, **data)
