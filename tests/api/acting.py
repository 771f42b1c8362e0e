"""What the API's tests do again and again: call with a token, submit a zip, play the worker."""

import io
import secrets
import zipfile

from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from server.accounts.models import ApiToken, User
from server.accounts.services import make_token
from server.submissions import transitions
from server.submissions.models import Evaluation
from server.tracks.models import Phase

SCORES = {"peak_iou": 0.630849, "peak_threshold": 24, "iou_curve": [0.25] * 24 + [0.630849] + [0.1] * 231}


class Program(APIClient):
    """A client that shows a token, and lets no fault of the server pass."""

    def __init__(self, user: User | None = None, scope: str = ApiToken.Scope.SUBMIT) -> None:
        super().__init__()
        self.user = user
        if user:
            self.token, self.secret = make_token(user=user, label="laptop", scope=scope, days=None)
            self.credentials(HTTP_AUTHORIZATION=f"Bearer {self.secret}")

    def submit(self, phase: Phase, archive=None, idempotency_key: str | None = None, **fields):
        said = {"parameters": 25_600_000, "rules_kept": "true"}
        form = {"phase": phase.pk, "archive": archive or a_zip(), **said, **fields}
        headers = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
        return self.post("/api/v1/submissions/", form, format="multipart", headers=headers)


def a_zip(name: str = "predictions.zip") -> SimpleUploadedFile:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.png", secrets.token_bytes())  # not yet looked at, and never the same bytes
    return SimpleUploadedFile(name, buffer.getvalue(), "application/zip")


def score_next(scores: dict | None = None) -> Evaluation:
    """Have the evaluation that waits longest claimed and scored, as a worker does."""
    claimed = transitions.claim("a worker")
    assert transitions.record_scored(claimed, dict(scores or SCORES), ["one map was resized"])
    return claimed


def reject_next(count: int = 2) -> Evaluation:
    claimed = transitions.claim("a worker")
    problem = {"code": "missing_file", "file": "b.png", "found": "nothing", "expected": "a map", "fix": "Add it."}
    assert transitions.record_rejected(claimed, [problem] * count, count)
    return claimed
