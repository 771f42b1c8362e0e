"""What the tests of resumable uploads do again and again: announce, append, submit."""

from base64 import b64encode

from django.test import Client

from server.tracks.models import Phase

UPLOADS = "/api/v1/uploads/"
PIECE = "application/offset+octet-stream"
SAID = {"parameters": "25.6M", "rules_kept": True}


def text(value: object) -> str:
    return b64encode(str(value).encode()).decode()


def announce(program: Client, to: Phase, length: int, headers: dict[str, str] | None = None, **metadata: object):
    pairs = {"phase": to.pk, "filename": "results.zip", **metadata}
    told = ",".join(f"{name} {text(value)}" for name, value in pairs.items())
    sent = {"Tus-Resumable": "1.0.0", "Upload-Length": str(length), "Upload-Metadata": told, **(headers or {})}
    return program.post(UPLOADS, headers=sent)


def begun(program: Client, phase: Phase, length: int, **metadata: object) -> str:
    answer = announce(program, phase, length, **metadata)
    assert answer.status_code == 201, answer.content
    return answer["Location"]


def append(program: Client, url: str, offset: object, content: bytes, kind: str = PIECE, **headers: str):
    return program.generic("PATCH", url, content, kind, headers={"Upload-Offset": str(offset), **headers})


def submit(program: Client, url: str, phase: Phase, **fields: object):
    form = {"phase": phase.pk, "upload": url.rpartition("/")[2], **SAID, **fields}
    return program.post("/api/v1/submissions/", form, format="json")


def assert_refused(answer, status: int, code: str) -> str:
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json"), answer.content
    assert (answer.json()["code"], answer["Tus-Resumable"]) == (code, "1.0.0")
    return answer.json()["detail"]
