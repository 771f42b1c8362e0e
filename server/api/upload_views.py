"""API views of resumable uploads: tus 1.0.0 with creation, expiration, checksum and termination."""

import base64
import hashlib
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse, QueryDict
from django.utils.http import http_date
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from server.api.authentication import PageSession, TokenAuthentication
from server.api.exceptions import DiskFull, InvalidHeader, UnsupportedTusVersion
from server.api.forms import UploadForm
from server.api.known_names import KnownParametersOnly, check_fields
from server.api.parsers import OffsetStream
from server.api.permissions import ByTokenOrSession
from server.api.requests import PersonsRequest
from server.api.schema import header, refusals
from server.api.submission_serializers import UploadSerializer
from server.error_views import NO_ROOM
from server.files import free_bytes
from server.submissions import resumable_uploads
from server.submissions.exceptions import UploadGone, UploadTooLong
from server.submissions.models import ResumableUpload
from server.submissions.upload_limit import UploadPlaces, release_connections

if TYPE_CHECKING:
    from hashlib import _Hash

TUS = "1.0.0"
CHECKSUMS = ("sha1", "sha256")
PIECE = 64 * 1024  # bytes that are read at once; at most so many are lost where a connection breaks
TUS_HEADERS = [
    OpenApiParameter("Tus-Resumable", str, OpenApiParameter.HEADER, enum=[TUS]),
    header("Tus-Resumable", "The version of tus that is spoken."),
    header("Tus-Version", "The versions of tus that are spoken."),
    header("Upload-Offset", "How many bytes have arrived.", kind=int),
    header("Upload-Length", "The file's size in bytes.", kind=int),
    header("Upload-Expires", "When it is removed, unless it was submitted."),
]


def _header(name: str, description: str, required: bool = True) -> OpenApiParameter:
    return OpenApiParameter(name, str, OpenApiParameter.HEADER, required=required, description=description)


class TusView(KnownParametersOnly):
    """View that speaks tus; every response about an upload says how much of it has arrived."""

    authentication_classes = (TokenAuthentication, PageSession)
    permission_classes = (ByTokenOrSession,)
    parser_classes = (OffsetStream,)
    upload: ResumableUpload | None = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if request.method != "OPTIONS" and request.headers.get("Tus-Resumable", TUS) != TUS:
            raise UnsupportedTusVersion(TUS)

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        answer: Response = super().finalize_response(request, response, *args, **kwargs)
        answer["Tus-Resumable"] = answer["Tus-Version"] = TUS
        if self.upload and self.upload.pk:
            with suppress(UploadGone):
                answer["Upload-Offset"] = str(resumable_uploads.offset(self.upload))
                answer["Upload-Length"] = str(self.upload.length)
                answer["Upload-Expires"] = http_date(self.upload.expires_at.timestamp())
        return answer


class Uploads(TusView):
    """Begins resumable uploads."""

    def options(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # type: ignore[override]
        told = {
            "Tus-Extension": "creation,expiration,checksum,termination",
            "Tus-Max-Size": str(settings.MAX_UPLOAD_BYTES),
            "Tus-Checksum-Algorithm": ",".join(CHECKSUMS),
        }
        return Response(status=204, headers=told)

    @extend_schema(
        request=None,
        parameters=[
            *TUS_HEADERS,
            header("Location", "Where the pieces go.", 201, required=True),
            _header("Upload-Length", "The file's size in bytes."),
            _header(
                "Upload-Metadata",
                "“phase” with the phase's id in Base64; and, separated by commas, “filename” and “sha256” (of the "
                "file, in hex), if you know it.",
            ),
        ],
        responses={201: UploadSerializer, **refusals(403, 409, 411, 412, 413, 507)},
    )
    def post(self, request: PersonsRequest) -> Response:
        """Begin a resumable upload, by tus 1.0.0.

        All that can be decided before a byte is sent is decided here. This moment decides the deadline. `Location`
        is where the pieces go.
        """
        sent = _announced(request)
        if sent["length"] > free_bytes(settings.ARCHIVES_DIR):
            raise DiskFull(NO_ROOM)
        self.upload = resumable_uploads.begin(
            user=request.user,
            phase=sent["phase"],
            name=sent["filename"] or "archive.zip",
            length=sent["length"],
            expected_sha256=sent["sha256"].lower(),
            began_at=request.began_at,
        )
        location = reverse("api:upload", args=[self.upload.pk], request=request)
        return Response(UploadSerializer(self.upload).data, status=201, headers={"Location": location})


class Upload(TusView):
    """A resumable upload."""

    @extend_schema(parameters=TUS_HEADERS, responses={200: UploadSerializer, **refusals(403, 404, 412)})
    def get(self, request: PersonsRequest, upload: UUID) -> Response:
        """How much of it has arrived. HEAD says so in `Upload-Offset` and `Upload-Length`."""
        return Response(UploadSerializer(self._own(request, upload)).data)

    @extend_schema(
        request={"application/offset+octet-stream": bytes},
        parameters=[
            *TUS_HEADERS,
            _header("Upload-Offset", "How many bytes have arrived, by HEAD or the last response."),
            _header("Upload-Checksum", "“sha1” or “sha256”, and the digest of this piece in Base64.", False),
        ],
        responses={204: None, **refusals(403, 404, 409, 411, 412, 413, 415, 423, 460, 507)},
    )
    def patch(self, request: PersonsRequest, upload: UUID) -> HttpResponse:
        """Append bytes: all that are left, or a piece. `Upload-Offset` of the response says how many have arrived.

        If the connection breaks, what came before is kept; go on from what HEAD says.
        """
        own = self._own(request, upload)
        if request.content_type != OffsetStream.media_type:
            raise UnsupportedMediaType(request.content_type)
        offset, checksum = _offset(request), _checksum(request)
        length = int(request.META.get("CONTENT_LENGTH") or 0)
        if offset + length > own.length:
            raise UploadTooLong(own.length)
        with UploadPlaces() as places:
            places.take(request.user)
            release_connections()
            resumable_uploads.append(own, offset, _pieces(request), checksum)
        return HttpResponse(status=204)

    @extend_schema(parameters=TUS_HEADERS, responses={204: None, **refusals(403, 404, 412)})
    def delete(self, request: PersonsRequest, upload: UUID) -> HttpResponse:
        """Remove the upload and what has arrived of it."""
        resumable_uploads.remove(self._own(request, upload))
        return HttpResponse(status=204)

    def _own(self, request: PersonsRequest, upload: UUID) -> ResumableUpload:
        """Return the caller's own upload. Raises UploadGone, for other people's too."""
        self.upload = ResumableUpload.objects.of(request.user).filter(pk=upload).select_related("phase").first()
        if self.upload is None or not self.upload.path.exists():
            raise UploadGone
        return self.upload


def _announced(request: Request) -> dict[str, Any]:
    """Return what the headers say of a new upload. Raises ApiRefusal or FormRefused."""
    said = QueryDict(mutable=True)
    for name, value in _metadata(request):
        said.appendlist(name, value)
    check_fields(said, [name for name in UploadForm.base_fields if name != "length"])
    said["length"] = request.headers.get("Upload-Length", "")
    form = UploadForm(said)
    if not form.is_valid():
        raise form.refusal()
    return form.cleaned_data


def _metadata(request: Request) -> Iterator[tuple[str, str]]:
    for pair in request.headers.get("Upload-Metadata", "").split(","):
        name, _, value = pair.strip().partition(" ")
        if not name:
            continue
        try:
            yield name, base64.b64decode(value, validate=True).decode()
        except ValueError as error:
            raise InvalidHeader("Upload-Metadata", f"The value of “{name}” is not text in Base64.") from error


def _offset(request: Request) -> int:
    said = request.headers.get("Upload-Offset", "")
    if not (said.isascii() and said.isdecimal() and len(said) < 20):
        raise InvalidHeader("Upload-Offset", "Send the number of bytes that have arrived, as HEAD tells it.")
    return int(said)


def _checksum(request: Request) -> "tuple[_Hash, bytes] | None":
    said = request.headers.get("Upload-Checksum")
    if said is None:
        return None
    algorithm, _, digest = said.partition(" ")
    if algorithm in CHECKSUMS:
        computed = hashlib.new(algorithm, usedforsecurity=False)
        with suppress(ValueError):
            if len(expected := base64.b64decode(digest, validate=True)) == computed.digest_size:
                return computed, expected
    raise InvalidHeader("Upload-Checksum", f"Send {' or '.join(CHECKSUMS)}, a space and the digest in Base64.")


def _is_chunked(request: Request) -> bool:
    return "Transfer-Encoding" in request.headers


def _pieces(request: Request) -> Iterator[bytes]:
    """Yield what arrives until the body ends, or the connection breaks: that ends no upload."""
    # Django reads nothing of a body that is sent in chunks, whose end the web server finds.
    stream = request.META["wsgi.input"] if _is_chunked(request) else request._request
    with suppress(OSError):
        while piece := stream.read(PIECE):
            yield piece
