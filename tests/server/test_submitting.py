"""The submission: all of it happens, or nothing does."""

import hashlib
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone

from server.submissions import exceptions, services
from server.submissions.models import Evaluation, EvaluationEvent, Slot, Submission
from server.submissions.services import submit
from server.uploads import received
from tests.ground_truths import SAID

pytestmark = pytest.mark.django_db
A_MOMENT = timedelta(microseconds=1)


@pytest.fixture
def nothing_left(stored_files):
    """Afterwards there is no row of a submission, and no file."""
    yield
    assert not any(model.objects.exists() for model in (Submission, Slot, Evaluation, EvaluationEvent))
    assert stored_files() == []


@pytest.mark.both_setups
def test_a_submission_is_stored_holds_a_slot_and_is_queued(alice, alices, phase, submitted, truth):
    began = timezone.now()
    submission = submitted(alice, method="first try", began_at=began)
    assert (submission.team, submission.phase, submission.submitted_by) == (alices, phase, alice)
    assert (submission.method, submission.original_name) == ("first try", "results.zip")
    assert submission.began_at == began
    assert submission.received_at >= began
    assert submission.slots.get().number == 1
    evaluation = submission.evaluations.get()
    assert (evaluation.state, evaluation.rule) == ("queued", truth.rule)
    assert (evaluation.fence, evaluation.failures) == (0, 0)
    event = evaluation.events.get()
    assert (event.before, event.after, event.cause) == ("", "queued", "submitted")


def test_the_stored_file_is_what_was_sent_and_no_part_is_left(alice, good_zip, submitted, stored_files):
    submission = submitted(alice, content=good_zip)
    assert stored_files() == [submission.archive_path]
    assert submission.archive_path.read_bytes() == good_zip
    assert (submission.size, submission.sha256) == (len(good_zip), hashlib.sha256(good_zip).hexdigest())
    assert submission.original_name not in submission.archive_name


def test_five_submissions_hold_five_slots_and_the_sixth_is_refused_without_a_trace(alice, submitted, stored_files):
    kept = {submitted(alice).archive_path for _ in range(5)}
    with pytest.raises(
        exceptions.NoSlotLeft, match=r"has used all its submissions \(5 in the whole phase\)\. This phase"
    ):
        submitted(alice)
    assert Submission.objects.count() == 5
    assert set(stored_files()) == kept


def test_no_slot_left_says_when_the_next_ones_come(alice, open_phase, truth, submitted):
    daily = open_phase(slug="daily", per="day", limit=1, closes_at=None)
    submitted(alice, phase=daily)
    tomorrow = timezone.now() + timedelta(days=1)
    with pytest.raises(exceptions.NoSlotLeft, match=re.escape(f"{tomorrow:%-d %b %Y}, 00:00 UTC")):
        submitted(alice, phase=daily)


def test_the_moment_a_phase_opens_is_in_time(alice, phase, submitted):
    assert submitted(alice, began_at=phase.opens_at).slots.count() == 1


def test_the_last_moment_before_the_end_is_in_time(alice, phase, submitted):
    assert submitted(alice, began_at=phase.closes_at - A_MOMENT).slots.count() == 1


@pytest.mark.usefixtures("nothing_left")
def test_a_moment_before_the_opening_is_too_early(alice, phase, submitted):
    with pytest.raises(exceptions.PhaseNotYetOpen, match="opens on"):
        submitted(alice, began_at=phase.opens_at - A_MOMENT)


@pytest.mark.usefixtures("nothing_left")
def test_the_moment_of_the_end_is_too_late(alice, phase, submitted):
    with pytest.raises(exceptions.PhaseClosed, match="closed on"):
        submitted(alice, began_at=phase.closes_at)


def test_an_upload_that_began_in_time_is_taken_after_the_end(alice, open_phase, truth, submitted):
    now = timezone.now()
    ended = open_phase(slug="ended", closes_at=now - timedelta(minutes=5))
    submission = submitted(alice, phase=ended, began_at=now - timedelta(minutes=6))
    assert submission.received_at > ended.closes_at


@pytest.mark.usefixtures("nothing_left")
def test_a_person_without_a_team_cannot_submission(dora, submitted):
    with pytest.raises(exceptions.NoTeam, match="Create a team"):
        submitted(dora)


@pytest.mark.usefixtures("nothing_left")
def test_a_paused_phase_takes_nothing(alice, phase, submitted):
    phase.paused = True
    phase.save()
    with pytest.raises(exceptions.PhasePaused):
        submitted(alice)


@pytest.mark.usefixtures("nothing_left")
def test_a_phase_that_is_paused_during_the_upload_takes_nothing(alice, phase, submitted):
    type(phase).objects.filter(pk=phase.pk).update(paused=True)  # `phase`, as the page read it, is not
    with pytest.raises(exceptions.PhasePaused):
        submitted(alice)


@pytest.mark.usefixtures("nothing_left")
def test_a_phase_without_ground_truth_takes_nothing(alice, open_phase):
    phase = open_phase()
    with received(b"PK\x03\x04") as archive, pytest.raises(exceptions.NoGroundTruth):
        submit(
            team=alice.membership.team,
            phase=phase,
            user=alice,
            archive=archive,
            method="",
            began_at=timezone.now(),
        )


@pytest.mark.usefixtures("nothing_left")
@pytest.mark.parametrize("content", [b"Rar!\x1a\x07\x00 and more", b"PK", b"\x89PNG\r\n\x1a\n", b""])
def test_what_is_no_zip_is_told_at_once(alice, submitted, content):
    with pytest.raises(exceptions.NotAZip, match=r"results\.zip"):
        submitted(alice, content=content)


@pytest.mark.both_setups
@pytest.mark.usefixtures("nothing_left")
def test_a_crash_in_the_transaction_leaves_neither_row_nor_file(alice, submitted, monkeypatch):
    def crash(**_):
        raise ZeroDivisionError

    monkeypatch.setattr(EvaluationEvent.objects, "create", crash)
    with pytest.raises(ZeroDivisionError):
        submitted(alice)


@pytest.mark.usefixtures("nothing_left")
def test_an_interrupted_transaction_leaves_no_file_either(alice, submitted, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(services.slots, "take_slot", interrupt)
    with pytest.raises(KeyboardInterrupt):
        submitted(alice)


@pytest.mark.both_setups
@pytest.mark.django_db(transaction=True)
def test_a_hint_that_cannot_be_sent_does_not_fail_the_submission(alice, submitted, monkeypatch, settings):
    def unreachable(**_):
        raise ConnectionError("the broker is away")

    settings.EMBEDDED = False
    monkeypatch.setattr(services.worker_wakeup.work, "apply_async", unreachable)
    assert submitted(alice).evaluations.get().state == "queued"
    assert connection.in_atomic_block is False


# Asked again with the same key


def test_the_same_key_gives_the_same_submission_and_takes_one_slot(alice, submitted, good_zip, stored_files):
    first = submitted(alice, key="a key", content=good_zip)
    assert submitted(alice, key="a key", content=good_zip) == first
    assert Slot.objects.count() == 1
    assert stored_files() == [first.archive_path]


def test_the_last_slot_can_be_asked_for_again_after_the_deadline(alice, open_phase, good_zip, submitted):
    wish = {"phase": open_phase(slug="last", limit=1), "key": "a key", "content": good_zip}
    first = submitted(alice, **wish)
    assert submitted(alice, **wish, began_at=wish["phase"].closes_at) == first


def test_another_archive_under_a_used_key_is_refused(alice, submitted, truth, stored_files):
    first = submitted(alice, key="a key")
    with pytest.raises(exceptions.IdempotencyKeyReused, match="new key"):
        submitted(alice, key="a key", content=truth.guessed(0.3))
    assert stored_files() == [first.archive_path]


def test_a_key_belongs_to_one_team(alice, charlie, submitted):
    assert submitted(alice, key="a key") != submitted(charlie, key="a key")


@pytest.mark.both_setups
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("key", ["a key", ""])
def test_the_same_bytes_twenty_times_at_once_are_one_submission(alice, submitted, good_zip, stored_files, key):
    def ask(_: int):
        try:
            return submitted(alice, key=key, content=good_zip).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(ask, range(20)))
    assert len(set(answers)) == 1
    assert Slot.objects.count() == 1
    assert stored_files() == [Submission.objects.get().archive_path]


def test_a_form_that_is_sent_twice_is_one_submission(client, alice, phase, good_zip):
    client.force_login(alice)
    form_id = client.get(phase.submit_url).context["form_id"]

    def send() -> str:
        archive = SimpleUploadedFile("results.zip", good_zip)
        return client.post(phase.submit_url, {"form_id": form_id, "archive": archive, **SAID}).headers["Location"]

    assert send() == send() == Submission.objects.get().get_absolute_url()
    assert Slot.objects.count() == 1


def test_a_form_is_never_shown_again_with_its_old_id(client, alice, phase):
    client.force_login(alice)
    page = client.get(phase.submit_url)
    assert "no-store" in page.headers["Cache-Control"]
    assert client.get(phase.submit_url).context["form_id"] != page.context["form_id"]


def test_another_zip_from_the_same_form_is_another_submission(client, alice, phase, truth):
    client.force_login(alice)
    form_id = client.get(phase.submit_url).context["form_id"]
    for skill in (0.4, 0.8):
        archive = SimpleUploadedFile("results.zip", truth.guessed(skill))
        client.post(phase.submit_url, {"form_id": form_id, "archive": archive, **SAID})
    assert Submission.objects.count() == 2


def test_a_form_without_an_answer_finds_its_own_submission_and_no_other_teams(
    client, alice, bob, charlie, submitted
):
    form_id, other = "0123456789abcdef" * 2, "f" * 32
    made = submitted(alice, key=f"{form_id}:{'0' * 64}")
    found = {"location": made.get_absolute_url()}
    for user, asked, answer in (
        (alice, form_id, found),
        (bob, form_id, found),
        (alice, other, {"location": None}),
        (alice, form_id[:31], {"location": None}),
        (alice, "_" * 32, {"location": None}),
        (charlie, form_id, {"location": None}),
    ):
        client.force_login(user)
        assert client.get(f"/forms/{asked}/submission/").json() == answer, (user, asked)


def test_a_form_id_that_is_none_of_ours_breaks_no_page(client, alice, phase):
    client.force_login(alice)
    for form_id in ("a b", "../x", "é" * 32, "x" * 200, "-", "\0"):
        answer = client.post(phase.submit_url, {"form_id": form_id})
        assert answer.status_code == 400, form_id
