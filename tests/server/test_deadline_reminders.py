"""Deadline reminders: who gets an e-mail that a phase closes, when, and how often."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from server.outbox.models import OutboxEmail
from server.outbox.services import send_due
from server.submissions.deadline_reminders import remind
from server.submissions.models import Slot, Submission
from server.tracks.models import Phase, ScoringRule

pytestmark = [pytest.mark.django_db, pytest.mark.both_setups]
A_MINUTE, AN_HOUR, A_DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def phase(open_phase, truth):
    """Segmentation, closing in ten days."""
    now = timezone.now()
    return open_phase(opens_at=now - AN_HOUR, closes_at=now + 10 * A_DAY)


@pytest.fixture
def close(phase):
    return phase.closes_at


@pytest.fixture
def played(submitted, alice, bob, charlie):
    """The alices, of whom there are two, have submitted; Charlie has not."""
    return submitted(alice)


def told() -> list[tuple[str, str]]:
    """Who was told, and of which mark."""
    return sorted((notice.user.name, notice.subject.split("than ")[1]) for notice in OutboxEmail.objects.all())


def test_each_member_is_told_three_days_and_one_day_before(played, close):
    remind(close - 3 * A_DAY - A_MINUTE)
    assert told() == []
    for moment in (close - 3 * A_DAY, close - 2 * A_DAY, close - A_DAY, close - AN_HOUR):
        remind(moment)
        remind(moment + A_MINUTE)
    assert told() == [(name, mark) for name in ("Alice", "Bob") for mark in ("one day", "three days")]


def test_the_mail_says_when_what_is_left_and_where(played, close, phase, settings):
    remind(close - A_DAY)
    text = OutboxEmail.objects.first().text
    assert f"{phase} closes on {close:%-d %b %Y, %H:%M} UTC, in less than one day." in text
    assert "Your team alices has 4 slots left there." in text
    assert f"{settings.SITE_URL}{phase.submit_url}" in text


def test_who_never_touched_the_track_is_not_told(played, close, open_phase, install_truth):
    install_truth("localization")
    open_phase("localization", closes_at=close)
    remind(close - A_DAY)
    assert told() == [("Alice", "one day"), ("Bob", "one day")]


def test_who_submitted_to_another_phase_of_the_track_is_told(played, open_phase, charlie, close):
    other = open_phase(slug="other", title="Other", closes_at=close + 30 * A_DAY)
    Submission.objects.update(phase=other)
    remind(close - A_DAY)
    assert told() == [("Alice", "one day"), ("Bob", "one day")]


def test_who_has_no_slot_left_is_not_told(played, close, phase):
    Phase.objects.update(limit=1)
    remind(close - A_DAY)
    assert told() == []


def test_who_gets_new_slots_before_the_close_is_told(played, close):
    noon = close.replace(hour=12)
    Phase.objects.update(limit=1, per=Phase.Per.DAY, closes_at=noon)
    Slot.objects.update(window=f"{noon - A_DAY:%Y-%m-%d}")
    remind(noon - A_DAY)
    assert "no slot left until it gets new ones" in OutboxEmail.objects.first().text


def test_who_submitted_after_the_mark_is_told_at_the_next_one(submitted, alice, close):
    submitted(alice)
    Submission.objects.update(received_at=close - 2 * A_DAY)
    remind(close - 2 * A_DAY + A_MINUTE)
    assert told() == []
    remind(close - A_DAY)
    assert told() == [("Alice", "one day")]


def test_a_deadline_that_moves_is_told_again_and_one_that_comes_back_is_not(played, close, phase):
    remind(close - A_DAY)
    Phase.objects.filter(pk=phase.pk).update(closes_at=close + A_DAY)
    remind(close - A_DAY + A_MINUTE)
    assert told() == [(name, mark) for name in ("Alice", "Bob") for mark in ("one day", "three days")]
    Phase.objects.filter(pk=phase.pk).update(closes_at=close)
    remind(close - AN_HOUR)
    assert OutboxEmail.objects.count() == 4


def test_marks_that_passed_while_nobody_ran_are_not_told_late(played, close):
    remind(close - AN_HOUR)
    assert told() == [("Alice", "one day"), ("Bob", "one day")]
    OutboxEmail.objects.all().delete()
    remind(close)
    remind(close + AN_HOUR)
    assert told() == []


def test_a_reminder_that_no_mail_server_took_in_time_is_not_sent_late(played, phase):
    now = timezone.now()
    Phase.objects.filter(pk=phase.pk).update(closes_at=now + A_DAY)
    Submission.objects.update(received_at=now - A_DAY)
    remind(now + A_MINUTE)
    assert {notice.until for notice in OutboxEmail.objects.all()} == {now + A_DAY}
    OutboxEmail.objects.update(until=timezone.now() - A_MINUTE)
    assert send_due() == 0


def test_the_reminder_of_three_days_is_of_no_use_after_that_of_one(played, close):
    remind(close - 3 * A_DAY)
    assert {notice.until for notice in OutboxEmail.objects.all()} == {close - A_DAY}


def test_a_paused_phase_and_one_without_ground_truth_are_not_told(played, close, phase):
    Phase.objects.update(paused=True)
    remind(close - A_DAY)
    Phase.objects.update(paused=False)
    ScoringRule.objects.update(state="retired")
    remind(close - A_DAY)
    assert told() == []


def test_a_phase_without_end_is_not_told(played, phase):
    Phase.objects.update(closes_at=None)
    remind(timezone.now())
    assert told() == []


def test_the_reminder_goes_out_as_mail(played, phase):
    now = timezone.now()
    Phase.objects.filter(pk=phase.pk).update(closes_at=now + A_DAY)
    Submission.objects.update(received_at=now - A_DAY)
    remind(now)
    assert send_due() == 2
    assert mail.outbox[0].subject == f"[LID challenge] {phase} closes in less than one day"
