"""API views of a team's submissions: submit, list, retrieve, cancel."""

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.generics import ListAPIView
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from server.api.exception_handler import Conflict
from server.api.filters import SubmissionFilter
from server.api.forms import ApiSubmissionForm, check_no_unknown_fields
from server.api.permissions import ByToken
from server.api.requests import TokenRequest
from server.api.schema import refusals
from server.api.submission_limits import SubmissionLimits
from server.api.submission_serializers import (
    AllProblemsSerializer,
    SubmissionSerializer,
    SubmissionSummarySerializer,
    prefetched,
)
from server.submissions import rejection_report, services, transitions
from server.submissions.exceptions import NoTeam
from server.submissions.models import State, Submission
from server.submissions.views import visible_to
from server.teams.eligibility import team_of

SUBMIT = {
    "type": "object",
    "required": ["phase", "archive"],
    "additionalProperties": False,
    "properties": {
        "phase": {"type": "integer", "description": "The phase's id."},
        "archive": {"type": "string", "format": "binary", "description": "The zip of PNGs."},
        "method": {"type": "string", "maxLength": 120, "description": "A name for the submission; public."},
        "parameters": {
            "type": "string",
            "description": "Total of all inference models, such as 25600000 or 25.6M. Required for a test split.",
        },
        "rules_kept": {
            "type": "boolean",
            "description": "true declares that the team followed the track's rules. Required for a test split.",
        },
        "description": {"type": "string", "maxLength": 10000, "description": "Markdown."},
        "code_url": {"type": "string", "format": "uri"},
        "paper_url": {"type": "string", "format": "uri"},
        "project_url": {"type": "string", "format": "uri"},
    },
}


class Submissions(SubmissionLimits, ListAPIView):
    """Lists your team's submissions, newest first, and accepts new ones."""

    permission_classes = (ByToken,)
    parser_classes = (MultiPartParser,)
    serializer_class = SubmissionSummarySerializer
    filterset_class = SubmissionFilter
    queryset = Submission.objects.none()  # for the schema, which has no user
    request: TokenRequest

    def get_queryset(self) -> QuerySet[Submission]:
        own = Submission.objects.filter(team__memberships__user=self.request.user)
        return prefetched(own, "curve", "problems")

    @extend_schema(responses={200: SubmissionSummarySerializer(many=True), **refusals(400, 401, 429)})
    def get(self, request: Request) -> Response:
        return self.list(request)

    @extend_schema(
        request={"multipart/form-data": SUBMIT},
        parameters=[OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER)],
        responses={
            200: SubmissionSerializer,
            201: SubmissionSerializer,
            **refusals(400, 401, 403, 409, 411, 413, 415, 429),
        },
    )
    def post(self, request: TokenRequest) -> Response:
        """Submit an archive. It takes the team's next free slot; the response says which.

        Repeated with the same Idempotency-Key, for example after a broken connection, the request returns 200 with
        the first submission. The same archive again in the same phase returns 200 with the earlier submission
        and takes no slot.

        The API accepts 60 submissions an hour from one person; what it refused, and what it answers with 200, does
        not count, and is limited to 300 an hour. The headers RateLimit-Limit, RateLimit-Remaining and
        RateLimit-Reset (seconds until the oldest no longer counts) of each response say what is left; a 429 says
        in Retry-After when the next is accepted. A team's quota and a phase's daily limit hold besides.
        """
        team = team_of(request.user)
        if team is None:
            raise NoTeam  # before the body is read
        key, form = _key_of(request), _form_of(request)
        submission = services.submit(
            team=team,
            phase=form.cleaned_data["phase"],
            user=request.user,
            archive=form.cleaned_data["archive"],
            method=form.cleaned_method(),
            began_at=request.began_at,
            key=key,
        )
        is_new = services.is_new(submission, request.began_at)
        answer = _submission(request, submission, status=201 if is_new else 200)
        answer["Location"] = str(answer.data["url"])  # WSGI takes no subclass of str
        return answer


def _key_of(request: Request) -> str:
    key = request.headers.get("Idempotency-Key", "")
    longest = Submission.KEY_LENGTH
    if len(key) > longest or not key.isprintable():
        raise ValidationError(
            {"Idempotency-Key": [f"Send at most {longest} printable characters, such as a UUID."]}
        )
    return key


def _form_of(request: Request) -> ApiSubmissionForm:
    form = ApiSubmissionForm(request.data, request.FILES)
    check_no_unknown_fields(request.data, form.fields)
    if not form.is_valid():
        raise ValidationError({field: list(map(str, errors)) for field, errors in form.errors.items()})
    return form


class SubmissionDetail(APIView):
    """A submission: its state, progress, problems, scores and events."""

    permission_classes = (ByToken,)

    @extend_schema(responses={200: SubmissionSerializer, **refusals(401, 404, 429)})
    def get(self, request: TokenRequest, submission: str) -> Response:
        return _submission(request, get_object_or_404(visible_to(request.user), pk=submission))


class Problems(APIView):
    """All problems of a rejected archive."""

    permission_classes = (ByToken,)

    @extend_schema(responses={200: AllProblemsSerializer, **refusals(401, 404, 429)})
    def get(self, request: TokenRequest, submission: str) -> StreamingHttpResponse:
        return rejection_report.as_json(
            rejection_report.rejection_of(get_object_or_404(visible_to(request.user), pk=submission))
        )


class Cancel(APIView):
    """Cancel a queued submission; its slot is returned."""

    permission_classes = (ByToken,)

    @extend_schema(
        request=None, responses={200: SubmissionSerializer, **refusals(400, 401, 403, 404, 409, 415, 429)}
    )
    def post(self, request: TokenRequest, submission: str) -> Response:
        check_no_unknown_fields(request.data, ())
        own = get_object_or_404(Submission, pk=submission, team__memberships__user=request.user)
        waiting = own.evaluations.filter(state=State.QUEUED).first()
        if waiting is None or not transitions.cancel(waiting):
            raise Conflict("Too late to cancel", "The submission is no longer queued. Nothing was changed.")
        return _submission(request, own)


def _submission(request: Request, submission: Submission, status: int = 200) -> Response:
    fresh = prefetched(Submission.objects.all()).get(pk=submission.pk)
    return Response(SubmissionSerializer(fresh, context={"request": request}).data, status=status)
