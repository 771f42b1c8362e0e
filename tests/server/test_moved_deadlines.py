"""A deadline that moves: team locks, reminders and the time of the results follow it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from server.outbox.models import OutboxEmail
from server.outbox.services import send_due
from server.submissions.deadline_reminders import MOVED, remind
from server.teams import services
from server.teams.exceptions import StillLocked
from server.teams.models import TeamLock
from server.teams.team_locks import active_locks
from server.time_format import format_utc
from server.tracks.models import Phase

pytestmark = [pytest.mark.django_db, pytest.mark.both_setups]
A_MINUTE, AN_HOUR, A_DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def move(phase):
    """Move the phase's deadline: `move(timezone.now() + A_DAY)`."""

    def to(closes_at) -> None:
        Phase.objects.filter(pk=phase.pk).update(closes_at=closes_at)

    return to


@pytest.fixture
def join_charlies(charlie):
    return lambda user: services.join(user=user, invitation=services.invite(captain=charlie))


def keys() -> set[str]:
    """The events that were told, without the recipients."""
    return {mail.key.partition(" to ")[0] for mail in OutboxEmail.objects.all()}


def test_an_extension_keeps_members_locked_when_the_old_deadline_has_passed(
    alice, bob, phase, submitted, move, join_charlies, alices
):
    submitted(alice)
    services.leave(user=bob)
    extended = timezone.now() + 10 * A_DAY
    move(extended)
    TeamLock.objects.update(until=timezone.now() - A_MINUTE)  # the deadline as it was
    with pytest.raises(StillLocked, match=format_utc(extended)):
        join_charlies(bob)
    assert [lock.until for lock in active_locks(bob)] == [extended]


def test_a_deadline_that_is_brought_forward_frees_members(alice, bob, phase, submitted, move, join_charlies):
    submitted(alice)
    services.leave(user=bob)
    with pytest.raises(StillLocked):
        join_charlies(bob)
    move(timezone.now() - A_MINUTE)
    assert join_charlies(bob)


def test_a_phase_whose_deadline_is_dropped_locks_without_end(alice, bob, phase, submitted, move):
    submitted(alice)
    move(None)
    services.leave(user=bob)
    with pytest.raises(StillLocked, match="while that phase is open"):
        services.create_team(user=bob, name="bobs", affiliation="")


def test_a_lock_that_an_organiser_ended_does_not_come_back(alice, bob, phase, submitted, move, join_charlies):
    submitted(alice)
    services.leave(user=bob)
    TeamLock.objects.filter(user=bob).update(ended_at=timezone.now(), reason="a mistake")
    move(timezone.now() + 10 * A_DAY)
    assert join_charlies(bob)


def test_pages_show_the_present_end_and_title(alice, bob, phase, submitted, move, logged_in, client, organiser):
    submitted(alice)
    extended = timezone.now() + 10 * A_DAY
    move(extended)
    Phase.objects.update(title="Renamed")
    page = logged_in(bob).get(reverse("teams:leave")).content.decode()
    assert f"{extended:%Y-%m-%dT%H:%M}" in page
    assert "Renamed" in page
    client.force_login(organiser)
    lock = TeamLock.objects.filter(user=bob).get()
    for url in (
        reverse("admin:teams_teamlock_changelist"),
        reverse("admin:teams_teamlock_change", args=[lock.pk]),
    ):
        assert format(extended, "%H:%M") in client.get(url).content.decode()


@pytest.mark.parametrize(
    ("per", "window", "ends"),
    [
        ("phase", "phase", datetime(2020, 5, 10, 12, tzinfo=UTC)),
        ("month", "2020-04", datetime(2020, 5, 1, tzinfo=UTC)),
        ("month", "2020-05", datetime(2020, 5, 10, 12, tzinfo=UTC)),
        ("day", "2020-05-09", datetime(2020, 5, 10, tzinfo=UTC)),
        ("day", "2020-05-10", datetime(2020, 5, 10, 12, tzinfo=UTC)),
        ("month", "phase", datetime(2020, 5, 10, 12, tzinfo=UTC)),
    ],
)
def test_a_window_ends_by_the_present_dates(per, window, ends):
    phase = Phase(
        per=per, opens_at=datetime(2020, 3, 1, tzinfo=UTC), closes_at=datetime(2020, 5, 10, 12, tzinfo=UTC)
    )
    assert phase.end_of_window(window) == ends


def test_a_deadline_that_moves_by_minutes_is_told_once_and_one_that_moves_by_more_again(
    alice, phase, submitted, move
):
    submitted(alice, began_at=timezone.now() - A_MINUTE)
    close = timezone.now() + A_DAY - AN_HOUR
    phase.submissions.update(received_at=close - 2 * A_DAY)
    move(close)
    remind(timezone.now())
    assert len(keys()) == 1
    for minutes in (1, -1, 9, -9):
        move(close + minutes * A_MINUTE)
        remind(timezone.now())
    assert len(keys()) == 1
    for moved in (close + MOVED, close - MOVED):
        move(moved)
        remind(timezone.now())
    assert len(keys()) == 3


def test_a_reminder_of_the_old_deadline_that_still_waits_is_not_sent(alice, bob, phase, submitted, move):
    submitted(alice)
    now = timezone.now()
    phase.submissions.update(received_at=now - 3 * A_DAY)
    move(now + A_DAY - AN_HOUR)
    remind(now)
    assert OutboxEmail.objects.waiting().count() == 2
    move(now + 2 * A_DAY)
    remind(now)
    assert send_due() == 2
    assert {letter.body.count(format_utc(now + 2 * A_DAY)) for letter in mail.outbox} == {1}
    move(now + 30 * A_DAY)
    remind(now)
    assert not OutboxEmail.objects.waiting().exists()


def test_results_that_wait_for_the_close_follow_it(open_phase, truth):
    now = timezone.now()
    phase = open_phase(results=Phase.Results.AFTER_CLOSE)
    assert not phase.shows_results(now)
    Phase.objects.filter(pk=phase.pk).update(closes_at=now - A_MINUTE)
    assert Phase.objects.get(pk=phase.pk).shows_results(now)
