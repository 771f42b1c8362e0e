"""Submit an archive, wait and print the outcome, by the client that is generated from docs/openapi.yaml."""

import json
import sys
import time
from pathlib import Path
from uuid import UUID, uuid4

from lid_api import AuthenticatedClient
from lid_api.api.submissions import submissions_create, submissions_retrieve
from lid_api.models import StateEnum, Submission, SubmissionsCreateFilesBody, Submitted
from lid_api.types import File


def main(server: str, token: str, phase: int, file: Path) -> None:
    client = AuthenticatedClient(server, token)
    with file.open("rb") as stream:
        archive = File(stream, "results.zip", "application/zip")
        body = SubmissionsCreateFilesBody(phase, archive, method="Tiny", parameters="25.6M", rules_kept=True)
        submitted = submissions_create.sync(client=client, body=body, idempotency_key=str(uuid4()))
    if not isinstance(submitted, Submitted):
        sys.exit(f"{submitted.code}: {submitted.detail}" if submitted else "No answer.")
    submission = outcome(client, submitted.id)
    scores = submission.scores.to_dict() if submission.scores else None
    sys.stdout.write(json.dumps({"state": submission.state, "scores": scores}))


def outcome(client: AuthenticatedClient, key: UUID) -> Submission:
    """Return the submission once it waits for nothing."""
    while True:
        asked = submissions_retrieve.sync(key, client=client)
        assert isinstance(asked, Submission), asked
        if asked.state not in {StateEnum.QUEUED, StateEnum.RUNNING}:
            return asked
        time.sleep(0.2)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), Path(sys.argv[4]))
