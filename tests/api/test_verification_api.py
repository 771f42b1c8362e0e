"""Verification cases by the API: organisers open, extend and close them, the team answers."""

import pytest
from acting import Program, score_next

from server.accounts.models import ApiToken
from server.verification.models import CaseState, VerificationCase

pytestmark = pytest.mark.django_db
COMMIT = "1f3870be274f6c49b3e31a0c6728957f"


def test_a_case_from_its_opening_to_its_verdict(organiser, alice, rivals, phase):
    submission = alice.submit(phase).json()["id"]
    score_next()
    acting = Program(organiser.user, ApiToken.Scope.ADMIN)

    def act(path: str, **body):
        return acting.post(f"/api/v1/admin/verification-cases/{path}", body, format="json")

    shown = act("", submissions=[submission], dry_run=True).json()
    assert [row["team"] for row in shown["effect"]["cases"]] == ["alices"]
    assert not VerificationCase.objects.exists()
    opened = act("", submissions=[submission], preview=shown["preview"])
    (case,) = opened.json()["cases"]
    again = act("", submissions=[submission], preview=shown["preview"])
    assert (again.status_code, "already" in again.json()["errors"]["submissions"][0]) == (409, True)

    url = f"/api/v1/verification-cases/{case}/"
    assert [row["id"] for row in alice.get("/api/v1/verification-cases/").json()] == [case]
    assert rivals.get("/api/v1/verification-cases/").json() == []
    code = {"code_url": "https://example.org/code", "commit": COMMIT, "parameters": "25.6M"}
    wrong = alice.post(f"{url}code/", {"code_url": "https://example.org/code"}, format="json")
    assert (wrong.status_code, list(wrong.json()["errors"])) == (400, ["commit"])
    said = alice.post(f"{url}code/", code, format="json").json()
    assert (said["state"], said["commit"], said["parameters"]) == ("received", COMMIT, 25_600_000)
    said = alice.post(f"{url}messages/", {"text": "It needs CUDA 12."}, format="json").json()
    assert [(one["from_team"], one["text"]) for one in said["messages"]] == [(True, "It needs CUDA 12.")]

    late = act(f"{case}/extend/", due_at="2020-01-01T00:00:00Z", reason="Asked.")
    assert (late.status_code, list(late.json()["errors"])) == (409, ["due_at"])
    assert act(f"{case}/verdict/", verdict="accepted", reason="To the bit.").json() == {"cases": []}
    seen = alice.get(url).json()
    assert (seen["state"], seen["reason"]) == (CaseState.ACCEPTED, "To the bit.")
    closed = alice.post(f"{url}messages/", {"text": "Thanks."}, format="json")
    assert (closed.status_code, closed.json()["code"]) == (409, "act_refused")
    assert rivals.get(url).status_code == 404
