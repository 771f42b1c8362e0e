"""The quota: numbered slots that no race can pass."""

from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from server.submissions import slots
from server.submissions.models import Slot, Submission
from server.tracks.models import Phase

LIMIT, RIVALS = 5, 20


@pytest.fixture
def submit(phase, alices):
    """A bare submission, which holds no slot yet."""

    def make(**facts) -> Submission:
        number = Submission.objects.count()
        own = {"phase": phase, "team": alices, "began_at": timezone.now(), "size": 1, "sha256": "0" * 64}
        own |= {"archive_name": f"{number}.zip", "day": timezone.now().date(), "number_of_day": number}
        return Submission.objects.create(**(own | facts))

    return make


@pytest.mark.both_setups
@pytest.mark.django_db(transaction=True)
def test_of_twenty_at_once_exactly_five_get_a_slot(submit):
    submissions, gate, outcomes = [submit() for _ in range(RIVALS)], Barrier(RIVALS), []

    def take(submission):
        try:
            gate.wait()
            with transaction.atomic():
                outcomes.append(slots.take_slot(submission).number)
        except slots.AllSlotsUsed:
            outcomes.append(None)
        finally:
            connection.close()

    threads = [Thread(target=take, args=[submission]) for submission in submissions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(number for number in outcomes if number) == [1, 2, 3, 4, 5]
    assert outcomes.count(None) == RIVALS - LIMIT
    assert Slot.objects.filter(returned_at=None).count() == LIMIT


@pytest.mark.both_setups
def test_the_lowest_returned_number_is_used_again_and_the_history_keeps_both_rows(submit):
    holders = [submit() for _ in range(3)]
    for holder in holders:
        slots.take_slot(holder)
    slots.return_slot(holders[1], "rejected")
    assert slots.take_slot(submit()).number == 2
    rows = Slot.objects.filter(number=2).order_by("pk")
    assert [(row.returned_at is None, row.reason) for row in rows] == [(False, "rejected"), (True, "")]


@pytest.mark.both_setups
def test_a_submission_cannot_hold_two_slots(submit):
    submission = submit()
    slots.take_slot(submission)
    with pytest.raises(IntegrityError), transaction.atomic():
        slots.take_slot(submission)
    assert submission.slots.count() == 1


@pytest.mark.both_setups
def test_a_full_quota_leaves_the_outer_transaction_usable(submit):
    for _ in range(LIMIT):
        slots.take_slot(submit())
    with transaction.atomic():
        with pytest.raises(slots.AllSlotsUsed):
            slots.take_slot(submit())
        assert Slot.objects.count() == LIMIT


def test_returning_a_slot_twice_keeps_the_first_reason(submit):
    submission = submit()
    slots.take_slot(submission)
    slots.return_slot(submission, "first")
    slots.return_slot(submission, "second")
    assert submission.slots.get().reason == "first"


def test_another_team_has_slots_of_its_own(submit, alices, charlies, phase):
    for _ in range(LIMIT):
        slots.take_slot(submit())
    assert slots.take_slot(submit(team=charlies)).number == 1
    now = timezone.now()
    assert (slots.free(alices, phase, now), slots.free(charlies, phase, now)) == (0, 4)


def test_the_limit_is_read_anew_by_each_submission(phase, submitted, alice):
    submitted(alice)
    Phase.objects.filter(pk=phase.pk).update(limit=1)  # `phase`, as the page read it, still says 5
    with pytest.raises(Exception, match="has used all its submissions"):
        submitted(alice)
    Phase.objects.filter(pk=phase.pk).update(limit=2)
    assert submitted(alice).slots.get().number == 2


def test_a_lowered_limit_deletes_nothing_and_leaves_no_negative_rest(submit, phase, alices):
    for _ in range(3):
        slots.take_slot(submit())
    phase.limit = 2
    now = timezone.now()
    assert slots.taken(alices, phase, now) == 3
    assert slots.free(alices, phase, now) == 0
    assert [slot.state for slot in slots.slot_statuses(alices, phase, now)] == ["reserved"] * 3


@pytest.mark.both_setups
def test_slots_taken_above_a_lowered_limit_count_against_it(submit, phase, alices):
    submissions = [submit() for _ in range(LIMIT)]
    for submission in submissions:
        slots.take_slot(submission)
    for submission in submissions[:3]:
        slots.return_slot(submission, "rejected")
    phase.limit = 3
    now = timezone.now()
    statuses = [(slot.number, slot.state) for slot in slots.slot_statuses(alices, phase, now)]
    assert statuses == [(1, "free"), (4, "reserved"), (5, "reserved")]
    assert slots.free(alices, phase, now) == 1
    assert slots.take_slot(submit()).number == 1
    with pytest.raises(slots.AllSlotsUsed):
        slots.take_slot(submit())


def test_the_statuses_show_which_numbers_are_taken(submit, phase, alices):
    first, second = submit(), submit()
    slots.take_slot(first)
    slots.take_slot(second)
    slots.return_slot(first, "cancelled")
    statuses = slots.slot_statuses(alices, phase, timezone.now())
    assert [slot.state for slot in statuses] == ["free", "reserved", "free", "free", "free"]


def format_utc(*moment: int) -> datetime:
    return datetime(*moment, tzinfo=UTC)


WINDOWS = [
    ("phase", format_utc(2024, 2, 29, 12), "phase"),
    ("month", format_utc(2024, 1, 31, 23, 59, 59, 999_999), "2024-01"),
    ("month", format_utc(2024, 2, 1), "2024-02"),
    ("day", format_utc(2024, 2, 29, 23, 59, 59), "2024-02-29"),
    ("day", format_utc(2024, 3, 1), "2024-03-01"),
    ("day", format_utc(2023, 12, 31, 23, 59), "2023-12-31"),
    ("day", datetime.fromisoformat("2024-03-01T01:30:00+02:00"), "2024-02-29"),
    ("month", datetime.fromisoformat("2023-12-31T22:00:00-05:00"), "2024-01"),
]


@pytest.mark.parametrize(("per", "at", "window"), WINDOWS)
def test_a_moment_falls_into_its_utc_window(per, at, window):
    assert Phase(per=per).window(at) == window


RESETS = [
    ("phase", format_utc(2024, 2, 10), None),
    ("day", format_utc(2024, 2, 28, 23, 59), format_utc(2024, 2, 29)),
    ("day", format_utc(2024, 2, 29, 12), format_utc(2024, 3, 1)),
    ("day", format_utc(2023, 2, 28, 12), format_utc(2023, 3, 1)),
    ("day", format_utc(2023, 12, 31, 12), format_utc(2024, 1, 1)),
    ("month", format_utc(2024, 1, 1), format_utc(2024, 2, 1)),
    ("month", format_utc(2024, 1, 31, 23, 59), format_utc(2024, 2, 1)),
    ("month", format_utc(2024, 2, 29), format_utc(2024, 3, 1)),
    ("month", format_utc(2023, 12, 31), format_utc(2024, 1, 1)),
    ("day", datetime.fromisoformat("2024-03-01T01:30:00+02:00"), format_utc(2024, 3, 1)),
]


@pytest.mark.parametrize(("per", "at", "opens"), RESETS)
def test_the_next_window_opens_at_midnight_utc(per, at, opens):
    assert Phase(per=per).next_window_opens(at) == opens


def test_no_window_opens_when_the_phase_has_closed():
    closing = format_utc(2024, 3, 1)
    assert Phase(per="month", closes_at=closing).next_window_opens(format_utc(2024, 2, 10)) is None
    later = Phase(per="month", closes_at=closing + timedelta(seconds=1))
    assert later.next_window_opens(format_utc(2024, 2, 10)) == closing


def test_a_new_day_brings_new_slots(submit, phase):
    phase.per, phase.limit = Phase.Per.DAY, 1
    evening, midnight = format_utc(2024, 2, 29, 23, 59, 59), format_utc(2024, 3, 1)
    assert slots.take_slot(submit(began_at=evening)).window == "2024-02-29"
    assert slots.take_slot(submit(began_at=midnight)).window == "2024-03-01"
    with pytest.raises(slots.AllSlotsUsed):
        slots.take_slot(submit(began_at=evening + timedelta(milliseconds=1)))
