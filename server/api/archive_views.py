"""API view that gives a team its own archive back, also the rest of it after a broken download."""

import re
from uuid import UUID

from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema

from server.api.known_names import KnownParametersOnly
from server.api.permissions import ByToken
from server.api.requests import TokenRequest
from server.api.schema import header, refusals
from server.files import attachment
from server.submissions.models import Submission
from server.teams.eligibility import team_of

FROM = re.compile(r"bytes=(\d{1,15})-")
ZIP = ("application/zip",)


class Archive(KnownParametersOnly):
    """The archive as your team submitted it.

    Its ETag is the sha256 of its bytes. With `Range: bytes=N-` (and `If-Range`, the ETag) the answer is 206 with
    the bytes from N on; any other range gets all of it.
    """

    permission_classes = (ByToken,)

    @extend_schema(
        parameters=[
            OpenApiParameter("Range", str, OpenApiParameter.HEADER, description="Such as `bytes=1048576-`."),
            OpenApiParameter("If-Range", str, OpenApiParameter.HEADER, description="The ETag of what you have."),
            header("Content-Disposition", "The file's name.", 200, 206),
            header("ETag", "Names these bytes.", 200, 206, required=True),
            header("Accept-Ranges", "bytes.", 200, 206),
            header("Content-Range", "Which bytes these are, and of how many.", 206, required=True),
        ],
        responses={
            (200, *ZIP): OpenApiTypes.BINARY,
            (206, *ZIP): OpenApiTypes.BINARY,
            **refusals(404),
        },
    )
    def get(self, request: TokenRequest, submission: UUID) -> FileResponse:
        own = get_object_or_404(Submission, pk=submission, team=team_of(request.user))
        first = _first_byte(request, own)
        try:
            answer = attachment(own.archive_path, f"submission-{own.pk}.zip", *ZIP, first=first)
        except FileNotFoundError as error:
            raise Http404 from error
        if first:
            answer.status_code = 206
            answer["Content-Range"] = f"bytes {first}-{own.size - 1}/{own.size}"
        answer["ETag"], answer["Accept-Ranges"] = _etag(own), "bytes"
        return answer


def _first_byte(request: TokenRequest, own: Submission) -> int:
    """Return where the answer begins: at 0 where no such range, or one of another file, is asked for."""
    asked = FROM.fullmatch(request.headers.get("Range", ""))
    if asked is None or request.headers.get("If-Range", _etag(own)) != _etag(own):
        return 0
    first = int(asked[1])
    return first if first < own.size else 0


def _etag(own: Submission) -> str:
    return f'"{own.sha256}"'
