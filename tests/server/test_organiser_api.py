"""Organisers' acts by programs: what a dry run says, what is done and what is refused, as the pages say it."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from server.announcements.models import Announcement
from server.announcements.services import draft_announcement
from server.audit.models import AuditLogEntry
from server.outbox.models import EmailHold, EmailKind, OutboxEmail
from server.outbox.services import enqueue_email, hold_emails
from server.rescores.dry_run import progress_of
from server.submissions import transitions
from server.submissions.models import WorkerHost
from server.tracks.models import GroundTruth
from tests.rescoring import finish, started

pytestmark = pytest.mark.django_db
OPTION = "option_foreground_above"


@pytest.fixture
def act(program_of):
    """Post JSON to an act as an organiser's program: `act("admin_appoint", team, member=…)`."""
    program = program_of("acting")

    def post(name: str, *keys: object, status: int = 200, **fields: object) -> dict:
        answer = program.post(reverse(f"api:{name}", args=keys), fields, content_type="application/json")
        assert answer.status_code == status, answer.json()
        return answer.json()

    return post


@pytest.fixture
def read(program_of):
    return lambda name, *keys: program_of("acting").get(reverse(f"api:{name}", args=keys)).json()


@pytest.fixture
def upload(program_of, tracks, good_zip):
    """Post a zip of ground truth of the localization track; returns status and answer."""
    program, url = program_of("acting"), reverse("api:admin_ground_truth", args=["localization"])

    def post(content: bytes = good_zip, **fields: object) -> tuple[int, dict]:
        file = SimpleUploadedFile("truth.zip", content)
        answer = program.post(url, {"split": "val", "file": file, **fields})
        return answer.status_code, answer.json()

    return post


def test_ground_truth_is_uploaded_by_a_program(upload, tracks, organiser, read, act):
    status, shown = upload(dry_run="true", **{OPTION: 100})
    assert (status, shown["effect"]["options"]) == (200, {"foreground_above": 100})
    assert "Nothing is published." in shown["effect"]["what"]
    assert not GroundTruth.objects.filter(track=tracks["localization"]).exists()
    named = {OPTION: 100, "preview": shown["preview"]}
    assert upload(publish_when_ready="true", **named)[1]["code"] == "preview_outdated"
    status, made = upload(**named)
    draft = GroundTruth.objects.get(pk=made["id"])
    assert (status, draft.created_by, draft.split) == (200, organiser, "val")
    assert (draft.options, draft.publish_when_ready) == ({"foreground_above": 100}, False)
    (listed,) = read("admin_ground_truth", "localization")
    assert (listed["id"], listed["options"], listed["rules"]) == (made["id"], draft.options, [])
    shown = act("admin_pack_again", made["id"], **{OPTION: 90}, dry_run=True)
    assert shown["effect"]["options"] == {"foreground_above": 90}
    again = act("admin_pack_again", made["id"], **{OPTION: 90}, preview=shown["preview"])["id"]
    assert GroundTruth.objects.get(pk=again).source == draft.source


@pytest.mark.parametrize(
    ("field", "sent", "words"),
    [
        ("content", b"no zip", "is not a zip archive"),
        ("split", "none", "not one of the available choices"),
        ("publish_when_ready", "maybe", "Send true or false."),
        ("dry_run", "maybe", "Send true or false."),
        ("option_num_classes", 3, "There is no such field"),
    ],
)
def test_an_upload_that_is_refused_says_why(upload, stored_files, field, sent, words):
    before = stored_files()
    status, refused = upload(**{field: sent})
    assert status == 400
    assert words in str(refused["errors"][{"content": "file"}.get(field, field)])
    assert stored_files() == before


def test_more_of_a_dry_run_is_queued_by_a_program(board, have_scored, alice, new_truth, phase, organiser, act):
    have_scored(alice, 0.1)
    run = started(new_truth, [phase], organiser, scope="standing")
    transitions.fail(transitions.claim("a worker"), "broken")
    key = run.rescore.pk
    assert act("admin_again_rescore", key, dry_run=True)["effect"]["evaluations"] == 1
    assert act("admin_again_rescore", key) == {"queued": 1}
    assert "has failed" in act("admin_again_rescore", key, status=409)["detail"]
    shown = act("admin_include_all_rescore", key, dry_run=True)
    assert shown["effect"]["evaluations"] == 1
    assert act("admin_include_all_rescore", key, preview=shown["preview"]) == {"queued": 1}
    assert "scores all submissions" in act("admin_include_all_rescore", key, status=409)["detail"]
    for _ in range(3):
        finish(transitions.claim("a worker"), 0.5)
    assert progress_of(run.rescore).complete
    shown = act("drop_rescore", key, dry_run=True)
    assert "what it has scored is deleted" in shown["effect"]
    act("drop_rescore", key, preview=shown["preview"])
    assert "was dropped already" in act("drop_rescore", key, dry_run=True, status=409)["detail"]


def test_a_draft_is_edited_as_its_dry_run_said(organiser, act):
    draft = draft_announcement(subject="News", text="Old", by=organiser)
    shown = act("admin_edit_announcement", draft.pk, subject="News", text="New", dry_run=True)
    assert shown["effect"] == {"text": ["Old", "New"]}
    Announcement.objects.filter(pk=draft.pk).update(text="Meanwhile")
    named = {"subject": "News", "text": "New", "preview": shown["preview"]}
    assert act("admin_edit_announcement", draft.pk, **named, status=409)["code"] == "preview_outdated"
    assert Announcement.objects.get().text == "Meanwhile"
    act("admin_edit_announcement", draft.pk, subject="News", text="New")
    assert Announcement.objects.get().text == "New"
    assert AuditLogEntry.objects.filter(what="changed an announcement").count() == 1


@pytest.mark.parametrize(("name", "words"), [("release", "sent,"), ("drop", "never sent,")])
def test_held_mails_are_released_or_dropped_as_the_desk_of_a_program_says(alice, act, read, name, words):
    enqueue_email(alice, EmailKind.IMPORTANT, "x", "Hello", "Hello")
    hold_emails("A backup was restored.")
    (held,) = (section for section in read("admin_desk")["sections"] if section["slug"] == "held")
    url = reverse(f"api:admin_{name}_emails")
    assert [line["act"].endswith(url) for line in held["lines"]].count(True) == 1
    shown = act(f"admin_{name}_emails", dry_run=True)
    assert shown["effect"]["what"].startswith(f"1 e-mail that waits is {words}")
    assert EmailHold.objects.exists()
    act(f"admin_{name}_emails", preview=shown["preview"])
    assert not EmailHold.objects.exists()
    assert OutboxEmail.objects.waiting().exists() == (name == "release")
    assert "E-mails are not held" in act(f"admin_{name}_emails", status=409)["detail"]


def test_the_pause_of_a_host_is_ended_once(act, read):
    host = WorkerHost.objects.create(name="gpu-1", paused_at=timezone.now(), last_error="No memory.")
    assert [one["last_error"] for one in read("admin_worker_hosts")] == ["No memory."]
    shown = act("admin_end_pause", host.pk, dry_run=True)
    assert shown["effect"]["about"] == "gpu-1: No memory."
    act("admin_end_pause", host.pk, preview=shown["preview"])
    assert WorkerHost.objects.get().paused_at is None
    assert "does not pause" in act("admin_end_pause", host.pk, status=409)["detail"]


def test_a_captain_is_appointed_by_the_ids_that_the_list_of_teams_has(act, read, alices, bob, charlie, charlies):
    (listed,) = (team for team in read("admin_teams")["results"] if team["name"] == "alices")
    ids = {member["name"]: member["id"] for member in listed["memberships"]}
    asked = {"member": ids["Bob"], "reason": "Alice left science."}
    shown = act("admin_appoint", alices.pk, **asked, dry_run=True)
    assert shown["effect"]["changes"] == {"captain": ["Alice", "Bob"]}
    act("admin_appoint", alices.pk, **asked, preview=shown["preview"])
    assert alices.memberships.get(role="captain").user == bob
    assert "already the team’s captain" in act("admin_appoint", alices.pk, **asked, status=409)["detail"]
    elsewhere = asked | {"member": str(charlie.pk)}
    assert "no longer in the team" in act("admin_appoint", alices.pk, **elsewhere, status=409)["detail"]
