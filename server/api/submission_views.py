"""API views of a team's submissions: submit, list, retrieve, cancel."""

from hashlib import sha256
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.parsers import MultiPartParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from server.api.exceptions import InvalidIdempotencyKey, TooLateToCancel
from server.api.filters import SubmissionFilter
from server.api.forms import ApiSubmissionForm
from server.api.known_names import KnownParametersOnly, check_fields
from server.api.pagination import PAGING
from server.api.parsers import JSONObjectParser, as_form_data
from server.api.permissions import ByToken
from server.api.requests import TokenRequest
from server.api.schema import header, refusals
from server.api.submission_limits import SubmissionLimits
from server.api.submission_serializers import (
    AllProblemsSerializer,
    SubmissionSerializer,
    SubmissionSummarySerializer,
    SubmittedSerializer,
)
from server.api.visible_submission import prefetched
from server.conditional import unless_known
from server.submissions import rejection_report, transitions
from server.submissions.exceptions import NoTeam
from server.submissions.form_submission import submit_form
from server.submissions.models import State, Submission
from server.submissions.views import visible_to
from server.submissions.waiting import seconds_to_wait
from server.teams.eligibility import team_of

SUBMIT: dict[str, Any] = {
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


RATE_LIMIT_HEADERS = [
    header("RateLimit-Limit", "Submissions that are accepted an hour from one person.", kind=int),
    header("RateLimit-Remaining", "How many of them are left.", kind=int),
    header("RateLimit-Reset", "Seconds until the oldest no longer counts.", kind=int),
]

SUBMIT_UPLOAD = {
    **SUBMIT,
    "required": ["phase", "upload"],
    "properties": {
        **{name: field for name, field in SUBMIT["properties"].items() if name != "archive"},
        "upload": {"type": "string", "format": "uuid", "description": "A resumable upload that is complete."},
    },
}


class Submissions(SubmissionLimits, KnownParametersOnly, ListAPIView):
    """Lists your team's submissions, newest first, and accepts new ones."""

    permission_classes = (ByToken,)
    parser_classes = (MultiPartParser, JSONObjectParser)
    serializer_class = SubmissionSummarySerializer
    filterset_class = SubmissionFilter
    query_parameters = (*PAGING, *SubmissionFilter.base_filters)
    repeatable = ("state",)
    queryset = Submission.objects.none()  # for the schema, which has no user
    request: TokenRequest

    def get_queryset(self) -> QuerySet[Submission]:
        own = Submission.objects.filter(team__memberships__user=self.request.user)
        return prefetched(own, "curve", "problems")

    @extend_schema(responses={200: SubmissionSummarySerializer(many=True), **refusals(404)})
    def get(self, request: Request) -> Response:
        return self.list(request)

    @extend_schema(
        request={"multipart/form-data": SUBMIT, "application/json": SUBMIT_UPLOAD},
        parameters=[
            OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER),
            header("Location", "The submission.", 200, 201, required=True),
            *RATE_LIMIT_HEADERS,
        ],
        responses={
            200: SubmittedSerializer,
            201: SubmittedSerializer,
            **refusals(403, 404, 409, 411, 413, 415, 423, 507),
        },
    )
    def post(self, request: TokenRequest) -> Response:
        """Submit an archive. It takes the team's next free slot; the response says which.

        The archive is in this request, or was sent before as a resumable upload (`/api/v1/uploads/`) whose id is
        in `upload`. Asked again with the same upload, the response is 200 with the same submission.

        Repeated with the same Idempotency-Key, for example after a broken connection, the request returns 200 with
        the first submission. The same archive again in the same phase returns 200 with the earlier submission
        and takes no slot. What such a request says otherwise about the method is not saved: `not_saved` names it.

        The API accepts 60 submissions an hour from one person; what it refused, and what it answers with 200, does
        not count, and is limited to 300 an hour. The headers RateLimit-Limit, RateLimit-Remaining and
        RateLimit-Reset (seconds until the oldest no longer counts) of each response say what is left; a 429 says
        in Retry-After when the next is accepted. A team's quota and a phase's daily limit hold besides.
        """
        team = team_of(request.user)
        if team is None:
            raise NoTeam  # before the body is read
        key, form = _key_of(request), _form_of(request)
        phase = form.cleaned_data["phase"]
        began_at, user = request.began_at, request.user
        submission, is_new = submit_form(form, team=team, user=user, phase=phase, began_at=began_at, key=key)
        context = {"request": request, "repeated_by": None if is_new else form.cleaned_method()}
        said = SubmittedSerializer(_fresh(submission), context=context).data
        location = {"Location": str(said["url"])}  # WSGI takes no subclass of str
        return Response(said, status=201 if is_new else 200, headers=location)


def _key_of(request: Request) -> str:
    key = request.headers.get("Idempotency-Key", "")
    longest = Submission.KEY_LENGTH
    if len(key) > longest or not key.isprintable():
        wrong = f"Send at most {longest} printable characters, such as a UUID."
        raise InvalidIdempotencyKey(errors={"Idempotency-Key": [wrong]})
    return key


def _form_of(request: Request) -> ApiSubmissionForm:
    form = ApiSubmissionForm(as_form_data(request.data), request.FILES)
    check_fields(request.data, form.fields)
    if not form.is_valid():
        raise form.refusal()
    return form


class SubmissionDetail(KnownParametersOnly):
    """A submission: its state, progress, problems, scores and events.

    The answer has an ETag: with If-None-Match, an unchanged submission is 304 without a body. Until it is scored,
    rejected, failed or cancelled, Retry-After says in how many seconds to ask again: in the more, the further
    behind in the queue it is.
    """

    permission_classes = (ByToken,)

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "If-None-Match", str, OpenApiParameter.HEADER, description="The ETag of what you have."
            ),
            OpenApiParameter("ETag", str, OpenApiParameter.HEADER, response=[200, 304]),
            OpenApiParameter("Retry-After", int, OpenApiParameter.HEADER, response=[200, 304]),
        ],
        responses={200: SubmissionSerializer, 304: None, **refusals(404)},
    )
    def get(self, request: TokenRequest, submission: str) -> HttpResponse:
        seen = _fresh(get_object_or_404(visible_to(request.user), pk=submission))
        said = SubmissionSerializer(seen, context={"request": request}).data
        answer: HttpResponse = Response(said, headers={"ETag": _etag(said)})
        answer = unless_known(request._request, answer)
        if seconds := seconds_to_wait(seen.evaluations.all()[0], said["queue_position"]):
            answer["Retry-After"] = str(seconds)
        return answer


def _etag(said: object) -> str:
    return f'W/"{sha256(JSONRenderer().render(said)).hexdigest()[:32]}"'


class Problems(KnownParametersOnly):
    """All problems of an archive; none unless it was rejected."""

    permission_classes = (ByToken,)

    @extend_schema(
        parameters=[header("Content-Disposition", "The file's name.", 200)], responses={200: AllProblemsSerializer}
    )
    def get(self, request: TokenRequest, submission: str) -> StreamingHttpResponse:
        seen = get_object_or_404(visible_to(request.user), pk=submission)
        return rejection_report.as_json(rejection_report.reported_evaluation(seen))


class Cancel(KnownParametersOnly):
    """Cancel a queued submission; its slot is returned."""

    permission_classes = (ByToken,)

    @extend_schema(request=None, responses={200: SubmissionSerializer, **refusals(403, 404, 409, 411, 413, 415)})
    def post(self, request: TokenRequest, submission: str) -> Response:
        check_fields(request.data, ())
        own = get_object_or_404(Submission, pk=submission, team__memberships__user=request.user)
        waiting = own.evaluations.filter(state=State.QUEUED, rescoring=False).first()
        if waiting is None or not transitions.cancel(waiting):
            raise TooLateToCancel(_why_not_cancelled(own))
        return told(request, own)


def _why_not_cancelled(submission: Submission) -> str:
    state = State(submission.evaluations.current_first()[0].state).label
    return f"Only a queued submission can be cancelled; the state of this one is “{state}”. Nothing was changed."


def told(request: Request, submission: Submission) -> Response:
    """Answer with a submission as it is now."""
    return Response(SubmissionSerializer(_fresh(submission), context={"request": request}).data)


def _fresh(submission: Submission) -> Submission:
    return prefetched(Submission.objects.all()).get(pk=submission.pk)
