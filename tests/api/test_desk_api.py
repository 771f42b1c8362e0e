"""The organisers' desk by the API: what is to be done, and its buttons, with a preview."""

import pytest
from acting import Program

from server.accounts.models import ApiToken
from server.audit.models import AuditLogEntry
from server.desk.models import PutAway
from server.outbox.models import TRIES, OutboxEmail
from server.outbox.services import enqueue_email
from server.submissions import transitions
from server.submissions.models import Evaluation
from server.tracks.models import Phase

DESK = "/api/v1/admin/desk/"


@pytest.fixture
def acting(organiser) -> Program:
    return Program(organiser.user, ApiToken.Scope.ADMIN)


@pytest.fixture
def failed(alice, phase) -> Evaluation:
    alice.submit(phase)
    assert transitions.fail(transitions.claim("a worker"), "OSError: the disk broke")
    return Evaluation.objects.get()


def line(program: Program, slug: str) -> dict:
    """The one line of a section."""
    (found,) = [one for one in program.get(DESK).json()["sections"] if one["slug"] == slug]
    (only,) = found["lines"]
    return only


def act(program: Program, url: str, **body):
    return program.post(url, body, format="json")


def test_a_failed_evaluation_is_run_again_as_it_was_previewed_and_once(acting, failed):
    told = line(acting, "failures")
    assert "the disk broke" in told["text"]
    shown = act(acting, told["act"], dry_run=True).json()
    assert shown["effect"]["about"] == "alices in Localization: Challenge"
    assert "has 2 free" in shown["effect"]["what"]
    assert not AuditLogEntry.objects.filter(what="ran an evaluation again").exists()
    Phase.objects.update(limit=3)
    stale = act(acting, told["act"], preview=shown["preview"])
    assert (stale.status_code, stale.json()["code"]) == (409, "preview_outdated")
    assert Evaluation.objects.get().state == "failed"
    fresh = act(acting, told["act"], dry_run=True).json()["preview"]
    assert act(acting, told["act"], preview=fresh).status_code == 200
    assert Evaluation.objects.get().state == "queued"
    again = act(acting, told["act"])
    assert (again.status_code, again.json()["code"]) == (409, "act_refused")
    assert "was run again already" in again.json()["detail"]
    assert AuditLogEntry.objects.filter(what="ran an evaluation again").count() == 1


def test_without_a_free_slot_it_says_what_to_do(acting, alice, failed, phase):
    Phase.objects.update(limit=1)
    alice.submit(phase)
    refused = act(acting, line(acting, "failures")["act"])
    assert (refused.status_code, "Grant it one first" in refused.json()["detail"]) == (409, True)


def test_a_stuck_mail_is_sent_again_once(acting, alice):
    enqueue_email(alice.user, "scored", "a", "It was scored", "Well done.")
    OutboxEmail.objects.update(tries=TRIES, last_error="full")
    url = line(acting, "mail")["act"]
    assert "It was scored" in act(acting, url, dry_run=True).json()["effect"]["about"]
    assert act(acting, url).status_code == 200
    assert OutboxEmail.objects.due().count() == 1
    again = act(acting, url)
    assert (again.status_code, "was sent meanwhile" in again.json()["detail"]) == (409, True)


def test_a_line_is_put_away_and_shown_again(acting, failed):
    key = line(acting, "failures")["key"]
    assert act(acting, f"{DESK}put-away/", key=key, dry_run=True).json()["effect"]["about"].startswith("Failed")
    row = act(acting, f"{DESK}put-away/", key=key).json()["id"]
    desk = acting.get(DESK).json()
    assert "failures" not in {section["slug"] for section in desk["sections"]}
    assert [(one["id"], one["by"]) for one in desk["put_away"]] == [(row, "Olga")]
    assert act(acting, f"{DESK}put-away/", key="nothing").status_code == 409
    assert act(acting, f"{DESK}put-away/{row}/show-again/").status_code == 200
    assert line(acting, "failures")["key"] == key
    assert act(acting, f"{DESK}put-away/{row}/show-again/").status_code == 404
    assert not PutAway.objects.exists()
