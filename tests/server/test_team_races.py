"""Teams when several people do things at once: whatever the order, what must hold holds afterwards."""

from collections import Counter
from collections.abc import Callable
from threading import Barrier, Thread

import pytest
from django.db import connection, transaction
from django.db.models import Count, Q

from server.submissions.exceptions import NoTeam, NotInTeam
from server.submissions.models import Submission
from server.teams import services, team_locks
from server.teams.exceptions import TeamRefused
from server.teams.models import Membership, PastMembership, Team, TeamLock

pytestmark = [pytest.mark.both_setups, pytest.mark.django_db(transaction=True)]
SEATS = 5


@pytest.fixture(autouse=True)
def five_seats(settings):
    settings.TEAM_SIZE = SEATS


@pytest.fixture(autouse=True)
def invariants(five_seats, transactional_db):
    yield
    teams = Team.objects.annotate(
        size=Count("memberships"), captains=Count("memberships", filter=Q(memberships__role="captain"))
    )
    for team in teams:
        assert team.size <= SEATS
        assert team.captains == (1 if team.size else 0)
        assert bool(team.archived_at) == (team.size == 0)
    for field in ("user", "key"):
        assert all(count <= 1 for count in Counter(TeamLock.objects.values_list("user", field)).values())
    for submission in Submission.objects.all():
        places = [
            Membership.objects.filter(team=submission.team),
            PastMembership.objects.filter(team=submission.team),
        ]
        assert any(place.filter(user=submission.submitted_by).exists() for place in places)


def all_at_once(*wishes: Callable[[], object]) -> list[object]:
    """What became of each wish, begun in the same moment: what it returned, or the refusal."""
    gate, outcomes = Barrier(len(wishes)), [None] * len(wishes)

    def grant(number: int) -> None:
        try:
            gate.wait()
            outcomes[number] = wishes[number]()
        except Exception as refusal:  # judged by the test
            outcomes[number] = refusal
        finally:
            connection.close()

    threads = [Thread(target=grant, args=[number]) for number in range(len(wishes))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def lock(team: Team, user) -> str:
    """What a submission does to its team, in its order."""
    with transaction.atomic():
        team = services.lock_team_row(team)
        if not team.memberships.filter(user=user).exists():
            return "not a member"
        team_locks.lock_members(team, key="k", what="Segmentation", until=None)
    return "submitted"


def refusals(outcomes: list[object]) -> list[type]:
    return [type(outcome) for outcome in outcomes if isinstance(outcome, Exception)]


def test_twenty_who_join_at_once_fill_exactly_the_free_seats(alice, bob, alices, person):
    link = services.invite(captain=alice)
    people = [person(f"Newcomer{number}") for number in range(20)]
    outcomes = all_at_once(*[lambda one=one: services.join(user=one, invitation=link) for one in people])
    assert outcomes.count(alices) == SEATS - 2
    assert refusals(outcomes) == [services.TeamFull] * 17
    assert all("has 5 members" in str(refusal) for refusal in outcomes if refusal != alices)
    assert sorted(alices.memberships.values_list("seat", flat=True)) == [1, 2, 3, 4, 5]


def test_a_single_use_invitation_sent_twice_at_once_lets_one_person_in(alice, dora):
    invitation = services.invite_person(captain=alice, email=dora.email)
    outcomes = all_at_once(*[lambda: services.join(user=dora, invitation=invitation)] * 2)
    assert len(refusals(outcomes)) == 1
    assert Membership.objects.filter(user=dora).count() == 1


def test_the_last_two_who_leave_at_once_end_the_team_or_leave_its_captain(alice, bob, alices):
    outcomes = all_at_once(lambda: services.leave(user=alice), lambda: services.leave(user=bob))
    assert outcomes[1] == alices
    if refusals(outcomes):
        assert refusals(outcomes) == [services.CaptainStays]
        assert services.team_of(alice) == alices
    else:
        assert not Team.objects.filter(pk=alices.pk).exists()


def test_one_who_leaves_twice_at_once_leaves_once(alice, bob):
    outcomes = all_at_once(lambda: services.leave(user=alice), *[lambda: services.leave(user=bob)] * 2)
    assert services.NotInTeam in refusals(outcomes)
    assert PastMembership.objects.filter(user=bob).count() <= 1


def test_a_captain_who_leaves_while_another_joins_leaves_no_team_without_captain(alice, dora):
    link = services.invite(captain=alice)
    outcomes = all_at_once(lambda: services.leave(user=alice), lambda: services.join(user=dora, invitation=link))
    assert refusals(outcomes) in ([services.CaptainStays], [services.InvitationEnded])


def test_a_captain_who_hands_over_to_two_at_once_hands_over_once(alice, bob, dora, alices):
    services.join(user=dora, invitation=services.invite(captain=alice))
    outcomes = all_at_once(
        *[lambda heir=heir: services.transfer_captaincy(captain=alice, member=heir) for heir in (bob, dora)]
    )
    assert refusals(outcomes) == [services.NotCaptain]


def test_removing_and_handing_over_to_the_same_member_at_once_keeps_a_captain(alice, bob):
    outcomes = all_at_once(
        lambda: services.remove(captain=alice, member=bob),
        lambda: services.transfer_captaincy(captain=alice, member=bob),
    )
    assert refusals(outcomes) in ([services.NotInTeam], [services.NotCaptain])


def test_a_member_removed_during_a_submission_is_tied_or_gone_before(alice, bob, alices):
    outcomes = all_at_once(
        lambda: lock(alices, alice),
        lambda: services.remove(captain=alice, member=bob),
        lambda: lock(alices, alice),
    )
    assert refusals(outcomes) == []
    assert TeamLock.objects.filter(user=alice).count() == 1
    was_locked = TeamLock.objects.filter(user=bob).first()
    assert was_locked is None or was_locked.since <= PastMembership.objects.get(user=bob).left_at


@pytest.mark.parametrize("round_", range(3))
def test_who_leaves_one_team_for_another_during_a_submission_plays_for_one(alice, bob, charlie, alices, round_):
    link = services.invite(captain=charlie)

    def change_teams() -> object:
        services.leave(user=bob)
        return services.join(user=bob, invitation=link)

    outcomes = all_at_once(lambda: lock(alices, alice), change_teams)
    locked = TeamLock.objects.filter(user=bob, team=alices).exists()
    assert isinstance(outcomes[1], TeamRefused) == locked
    assert services.team_of(bob) == (None if locked else services.team_of(charlie))


def test_one_name_that_two_teams_want_at_once_is_given_once(alice, charlie, dora):
    outcomes = all_at_once(
        lambda: services.rename(captain=alice, name="winners", affiliation=""),
        lambda: services.rename(captain=charlie, name="Winners", affiliation=""),
        lambda: services.create_team(user=dora, name="WINNERS", affiliation=""),
    )
    assert refusals(outcomes) == [services.NameTaken] * 2


@pytest.mark.parametrize("how", ["leave", "remove"])
def test_who_goes_in_the_middle_of_a_submission_has_submitted_before(alice, bob, alices, submitted, how):
    go = {
        "leave": lambda: services.leave(user=bob),
        "remove": lambda: services.remove(captain=alice, member=bob),
    }[how]
    outcomes = all_at_once(lambda: submitted(bob), go)
    assert set(refusals(outcomes)) <= {NoTeam, NotInTeam}
    assert services.team_of(bob) is None
