"""The desk: everything that waits for an organiser is on it, with its button, and nothing else is."""

import os
import time
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from leaderboard.models import IntervalJob
from leaderboard.services import review
from server.alarms.models import Alarm
from server.audit.models import AuditLogEntry
from server.desk.heartbeats import Heart
from server.desk.models import PutAway, WorkerHeartbeat
from server.desk.sections import sections
from server.desk.state import server_state
from server.outbox.models import TRIES, OutboxEmail
from server.outbox.services import enqueue_email
from server.results.models import PaperPack
from server.results.publication import publish
from server.submissions import transitions
from server.submissions.models import Evaluation
from server.tracks.models import GroundTruth, Phase

pytestmark = [pytest.mark.django_db, pytest.mark.both_setups]
DESK = "/organisers/"


@pytest.fixture(autouse=True)
def a_worker(db, settings):
    """One is alive, so that this is no alarm; and however small the disk, it is large enough."""
    settings.ALARM_FREE_DISK_MB = 0
    Heart("celery@here").beat()


@pytest.fixture
def tracks(tracks):
    """The tracks without the phases of LID 2020: what a test opens is all there is."""
    Phase.objects.all().delete()
    return tracks


@pytest.fixture
def desk(client, organiser):
    """The text of the page."""
    client.force_login(organiser)

    def page() -> str:
        return client.get(DESK).content.decode()

    return page


@pytest.fixture
def press(client, organiser):
    """Press a button of the desk: `press("run_again", evaluation.pk)`."""
    client.force_login(organiser)

    def post(name: str, *args, **form) -> str:
        answer = client.post(reverse(f"desk:{name}", args=args), form, follow=True)
        assert answer.redirect_chain == [(DESK, 302)]
        return answer.content.decode()

    return post


@pytest.fixture
def failed(submitted, alice) -> Evaluation:
    submission = submitted(alice)
    assert transitions.fail(transitions.claim("a worker"), "Traceback\nOSError: the disk broke")
    return submission.evaluations.get()


def lines(slug: str) -> list:
    return [line for section in sections() if section.slug == slug for line in section.lines]


def test_a_server_on_which_all_is_well_has_nothing_to_do(desk):
    assert sections() == []
    page = desk()
    assert "Nothing to do." in page
    assert "celery@here: running since" in " ".join(page.split())


def test_a_failed_evaluation_is_run_again_once_however_often_the_button_is_pressed(desk, press, failed, alices):
    assert "OSError: the disk broke" in desk()
    assert "the team has 5 free" in desk()
    assert "is queued again" in press("run_again", failed.pk)
    assert "was run again already" in press("run_again", failed.pk)
    failed.refresh_from_db()
    assert (failed.state, failed.events.filter(cause="run again by an organiser").count()) == ("queued", 1)
    assert lines("failures") == []
    assert AuditLogEntry.objects.filter(what="ran an evaluation again").count() == 1


def test_a_team_without_a_free_slot_is_told_of_with_the_way_out(press, failed, submitted, alice, phase):
    Phase.objects.update(limit=1)
    submitted(alice)
    page = press("run_again", failed.pk)
    assert "alices has no free slot in Segmentation: Now. Grant it one first." in page
    assert Evaluation.objects.get(pk=failed.pk).state == "failed"


def test_a_mail_that_was_given_up_is_sent_again(press, alice):
    enqueue_email(alice, "scored", "a", "It was scored", "Well done.")
    OutboxEmail.objects.update(tries=TRIES, last_error="SMTPRecipientsRefused: full")
    (line,) = lines("mail")
    assert ("given up" in line.text, "full" in line.text) == (True, True)
    assert "is sent again" in press("retry_mail", OutboxEmail.objects.get().pk)
    assert OutboxEmail.objects.due().count() == 1
    assert lines("mail") == []
    assert "was sent meanwhile" in press("retry_mail", OutboxEmail.objects.get().pk)


def test_a_mail_that_is_being_sent_is_not_started_twice(press, alice):
    enqueue_email(alice, "scored", "a", "It was scored", "Well done.")
    OutboxEmail.objects.update(tries=4, lease_until=timezone.now() + timedelta(minutes=4))
    assert "is being sent" in press("retry_mail", OutboxEmail.objects.get().pk)
    assert OutboxEmail.objects.get().tries == 4


def test_ground_truth_that_failed_or_was_not_published_says_why(tracks, phase, submitted, alice):
    track = phase.track
    GroundTruth.objects.create(track=track, split="val", state="failed", problem="a.png: no map\nb.png: no map")
    submitted(alice)
    ready = {"state": "ready", "image_count": 2, "pack_sha256": "0" * 64}
    GroundTruth.objects.create(track=track, split="test", refusal="Another is published.", **ready)
    unused, failed = sorted(lines("drafts"), key=lambda line: "cannot" in line.title)
    assert failed.text == "a.png: no map … and 1 more on its page."
    assert "only a re-score may replace it" in unused.text
    assert "was not published when it was ready" in unused.title


def test_phases_that_share_a_split_at_the_same_time_are_named_with_their_quotas(phase, open_phase):
    at = phase.closes_at
    open_phase(
        slug="late", title="Late", opens_at=at - timedelta(hours=1), closes_at=at + timedelta(days=1), limit=3
    )
    open_phase(slug="next", title="Next", opens_at=at + timedelta(days=1), closes_at=at + timedelta(days=2))
    open_phase(slug="val", title="Val", split="val")
    open_phase(track="localization", slug="other", title="Other")
    (line,) = lines("overlaps")
    assert line.title == "Segmentation: Now and Late"
    assert "5 (in the whole phase) + 3 (in the whole phase)" in line.text


def test_a_phase_that_opens_soon_and_has_no_ground_truth_is_named(tracks, open_phase):
    soon, later = timezone.now() + timedelta(hours=47), timezone.now() + timedelta(hours=49)
    open_phase(opens_at=soon, closes_at=None)
    open_phase(track="localization", opens_at=later, closes_at=None)
    (line,) = lines("not-ready")
    assert (line.title, "no ground truth is published" in line.text) == ("Segmentation: Now", True)


def test_results_wait_to_be_shown_from_the_close_until_they_are(phase, open_phase):
    facts = {"results": "by_organiser", "opens_at": timezone.now() - timedelta(days=9)}
    closed = open_phase(slug="past", title="Past", closes_at=timezone.now() - timedelta(days=1), **facts)
    open_phase(slug="still", title="Still", **facts | {"split": "val"})
    assert [line.title for line in lines("results")] == ["Segmentation: Past"]
    Phase.objects.filter(pk=closed.pk).update(results_shown_at=timezone.now())
    assert lines("results") == []


def test_final_results_wait_from_the_close_until_they_are_published(phase, submitted, alice, organiser):
    submitted(alice)
    assert transitions.record_scored(transitions.claim("a worker"), {"mean_iou": 0.5}, [])
    assert lines("final-results") == []
    Phase.objects.filter(pk=phase.pk).update(closes_at=timezone.now())
    assert [line.title for line in lines("final-results")] == ["Segmentation: Now"]
    publish([phase], by=organiser, reason="It has ended.", confirmed=True)
    assert lines("final-results") == []


def test_a_paper_pack_that_could_not_be_made_says_why(phase, press):
    pack = PaperPack.objects.create(state="failed", last_error="Traceback\nOSError: the disk is full")
    (line,) = lines("paper-packs")
    assert (line.text, line.url) == (
        "OSError: the disk is full. Have it made again, or delete it.",
        reverse("organiser_results:index"),
    )
    pack.delete()
    assert lines("paper-packs") == []


def test_the_same_bytes_of_two_teams_stay_until_one_is_reviewed(submitted, alice, charlie, organiser, good_zip):
    one, other = (submitted(user, content=good_zip) for user in (alice, charlie))
    (line,) = lines("duplicates")
    assert line.title == "alices and charlies"
    assert one.sha256 in line.url
    review(submission=other, verdict="under_review", reason="They are asked.", by=organiser)
    assert lines("duplicates") == []


def test_intervals_that_cannot_be_computed(phase):
    job = IntervalJob.objects.create(phase=phase, wanted="b", inputs="a", tries=3, last_error="killed\nno memory")
    assert [line.text for line in lines("intervals")] == ["Tried 3 times. no memory."]
    IntervalJob.objects.filter(pk=job.pk).update(inputs="b")
    assert lines("intervals") == []


def test_what_opens_or_closes_within_two_days_is_on_the_desk_by_time(desk, phase, open_phase):
    open_phase(
        slug="next", title="Next", split="val", opens_at=timezone.now() + timedelta(hours=2), closes_at=None
    )
    page = desk()
    assert page.index("Segmentation: Next") < page.index("Segmentation: Now")
    assert "Within 48 hours" in page


def test_a_line_that_was_put_away_is_gone_until_it_is_shown_again(desk, press, failed):
    key = lines("failures")[0].key
    assert "Put away: Failed evaluations: alices in Segmentation: Now." in press("put_away", key=key)
    press("put_away", key=key)
    assert lines("failures") == []
    row = PutAway.objects.get()
    assert "On the desk again" in press("show_again", row.pk)
    assert "nothing was changed" in press("show_again", row.pk)
    assert [line.key for line in lines("failures")] == [key]
    acts = AuditLogEntry.objects.filter(what__contains="desk").order_by("pk").values_list("what", flat=True)
    assert list(acts) == ["put away from the desk", "put back on the desk"]


def test_what_fails_again_is_on_the_desk_again(press, failed):
    press("put_away", key=lines("failures")[0].key)
    press("run_again", failed.pk)
    assert transitions.fail(transitions.claim("a worker"), "again")
    assert [line.text.split(".")[0] for line in lines("failures")] == ["again"]


@pytest.mark.parametrize("key", ["", "no such key"])
def test_only_what_is_on_the_desk_can_be_put_away(press, key):
    assert "nothing was changed" in press("put_away", key=key)
    assert not PutAway.objects.exists()


def test_a_long_section_says_how_much_more_there_is(desk, submitted, alice, phase):
    Phase.objects.update(daily_submission_limit=30)
    phase.refresh_from_db()
    for _ in range(22):
        submitted(alice)
        assert transitions.fail(transitions.claim("a worker"), "no room")
    assert "And 2 more." in desk()
    assert "23 things to do." in desk(), "the alarm that they fail is one more"


def test_the_part_that_the_script_fetches_is_the_same(client, organiser, desk, failed):
    part = client.get(reverse("desk:live")).content.decode()
    assert "<html" not in part
    assert "2 things to do." in part, "the failure, and the alarm of failures"
    assert lines("failures")[0].title in desk()
    assert lines("failures")[0].title in part


def test_backups_are_watched_only_if_they_are_named(desk, settings, tmp_path):
    assert "not watched: set" in desk()
    folder = tmp_path / "backups"
    folder.mkdir()
    settings.BACKUP_PATH = str(folder)
    old = time.time() - 27 * 3600
    (folder / "monday.dump").touch()
    for path in (folder / "monday.dump", folder):
        os.utime(path, (old, old))
    assert [line.title for line in lines("alarms")] == ["The backup is too old"]
    (folder / "tuesday.dump").touch()
    assert lines("alarms") == []
    assert server_state().last_backup > timezone.now() - timedelta(minutes=1)


def test_a_worker_that_was_lost_is_named_and_one_that_was_stopped_is_not(desk):
    lost, stopped = Heart("celery@lost"), Heart("celery@stopped")
    for heart in (lost, stopped):
        heart.beat()
    stopped.stop()
    WorkerHeartbeat.objects.filter(name="celery@lost").update(seen_at=timezone.now() - timedelta(minutes=3))
    page = " ".join(desk().split())
    assert "celery@lost: silent since" in page
    assert "celery@stopped" not in page
    assert lines("alarms") == [], "another one works"


def test_alarms_that_are_over_stand_below(desk):
    Alarm.objects.create(cause="workers", title="No worker is running", text="…", over_at=timezone.now())
    assert desk().index("Past alarms") < desk().index("No worker is running")


def test_an_alarm_leads_the_desk(desk):
    WorkerHeartbeat.objects.update(seen_at=timezone.now() - timedelta(minutes=3))
    assert sections()[0].slug == "alarms"
    assert "No worker is running" in desk()
