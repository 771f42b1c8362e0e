"""Leaving, removing, leading, and being locked to a team by what was submitted."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from server.submissions.models import Submission
from server.teams import services, team_locks
from server.teams.exceptions import LockedToAnotherTeam, TeamLockEnded, TeamRefused
from server.teams.models import Membership, PastMembership, Team, TeamLock

pytestmark = pytest.mark.django_db


@pytest.fixture
def lock(db):
    """Lock somebody to a team: `lock(dora, alices)`, until tomorrow unless `until=` says otherwise."""

    def make(user, team, key="segmentation test", **facts) -> TeamLock:
        own = {"what": "Segmentation, test phase", "until": timezone.now() + timedelta(days=1)}
        return TeamLock.objects.create(user=user, team=team, key=key, **(own | facts))

    return make


@pytest.fixture
def let_in(alice):
    """Join the alices by a fresh link: `let_in(dora)`."""
    return lambda user: services.join(user=user, invitation=services.invite(captain=alice))


# Leaving and removing


def test_who_leaves_is_in_no_team_and_the_record_says_when_they_were_in_it(bob, alices):
    joined = bob.membership.joined_at
    services.leave(user=bob)
    assert services.team_of(bob) is None
    past_membership = PastMembership.objects.get()
    assert (past_membership.user, past_membership.team, past_membership.ended_by) == (bob, alices, bob)
    assert past_membership.joined_at == joined < past_membership.left_at


def test_leaving_twice_is_refused(bob):
    services.leave(user=bob)
    with pytest.raises(services.NotInTeam):
        services.leave(user=bob)
    assert PastMembership.objects.count() == 1


def test_a_captain_hands_over_before_leaving(alice, bob, alices):
    with pytest.raises(services.CaptainStays, match="Make one of them the captain"):
        services.leave(user=alice)
    services.transfer_captaincy(captain=alice, member=bob)
    services.leave(user=alice)
    (left,) = alices.memberships.all()
    assert (left.user, left.role) == (bob, "captain")


@pytest.mark.both_setups
def test_the_last_member_of_a_team_without_submissions_deletes_it(alice, dora):
    services.leave(user=alice)
    assert not Team.objects.exists()
    assert services.create_team(user=dora, name="alices", affiliation="")


@pytest.mark.both_setups
def test_a_team_that_has_submitted_is_archived_and_keeps_rows_and_name(alice, alices, dora, submitted):
    submission, link = submitted(alice), services.invite(captain=alice)
    services.leave(user=alice)
    alices.refresh_from_db()
    assert alices.archived_at
    assert Submission.objects.get().team == alices
    assert Submission.objects.get().submitted_by == submission.submitted_by == alice
    with pytest.raises(services.NameTaken):
        services.create_team(user=dora, name="alices", affiliation="")
    with pytest.raises(services.InvitationEnded):
        services.join(user=dora, invitation=link)


def test_a_captain_removes_a_member_and_the_record_says_by_whom(alice, bob):
    services.remove(captain=alice, member=bob)
    assert services.team_of(bob) is None
    assert PastMembership.objects.get().ended_by == alice
    with pytest.raises(services.NotInTeam, match="Bob is no longer in the team"):
        services.remove(captain=alice, member=bob)


def test_only_the_captain_removes_and_only_from_their_team(alice, bob, charlie):
    for captain, member in ((bob, alice), (charlie, bob), (alice, charlie), (alice, alice)):
        with pytest.raises(TeamRefused):
            services.remove(captain=captain, member=member)
    assert Membership.objects.count() == 3


def test_an_open_link_lets_a_removed_member_in_no_more(alice, bob, dora):
    link = services.invite(captain=alice)
    services.remove(captain=alice, member=bob)
    with pytest.raises(TeamRefused, match="before you were removed from alices"):
        services.join(user=bob, invitation=link)
    assert services.join(user=dora, invitation=link)
    assert services.join(user=bob, invitation=services.invite(captain=alice))


def test_who_left_of_their_own_accord_may_use_the_link_again(alice, bob):
    link = services.invite(captain=alice)
    services.leave(user=bob)
    assert services.join(user=bob, invitation=link)


def test_a_seat_that_became_free_is_taken_again(alice, bob, dora, let_in, settings):
    settings.TEAM_SIZE = 2
    services.remove(captain=alice, member=bob)
    let_in(dora)
    assert sorted(Membership.objects.values_list("seat", flat=True)) == [1, 2]


# Leading


def test_the_captaincy_is_handed_to_a_member(alice, bob, alices):
    services.transfer_captaincy(captain=alice, member=bob)
    roles = dict(alices.memberships.values_list("user__name", "role"))
    assert roles == {"Alice": "member", "Bob": "captain"}


def test_the_captaincy_goes_to_nobody_outside(alice, bob, charlie, dora):
    for captain, member in ((alice, charlie), (alice, dora), (bob, bob)):
        with pytest.raises(TeamRefused):
            services.transfer_captaincy(captain=captain, member=member)
    assert Membership.objects.get(user=alice).role == "captain"


def test_handing_over_to_oneself_changes_nothing(alice):
    services.transfer_captaincy(captain=alice, member=alice)
    assert Membership.objects.get(user=alice).role == "captain"


def test_only_the_captain_renames(alice, bob, alices):
    with pytest.raises(services.NotCaptain):
        services.rename(captain=bob, name="bobs", affiliation="")
    services.rename(captain=alice, name=" the  alices ", affiliation="Elsewhere")
    alices.refresh_from_db()
    assert (alices.name, alices.affiliation) == ("the alices", "Elsewhere")


# Ties


def test_who_has_played_for_a_team_can_neither_join_nor_found_another(lock, alices, alice, charlie, bob, settings):
    settings.CONTACT_EMAIL = "lid@example.org"
    lock(bob, alices, until=datetime(2099, 6, 8, 12, 0, tzinfo=UTC))
    services.leave(user=bob)
    link = services.invite(captain=charlie)
    for wish in (
        lambda: services.join(user=bob, invitation=link),
        lambda: services.create_team(user=bob, name="bobs", affiliation=""),
    ):
        with pytest.raises(TeamRefused) as refused:
            wish()
        said = f"{refused.value.title} {refused.value}"
        assert "You are locked to alices" in said
        assert "Segmentation, test phase" in said
        assert "until 8 Jun 2099, 12:00 UTC" in said
        assert "write to the organisers (lid@example.org)" in said
    assert services.team_of(bob) is None
    assert not Team.objects.filter(name="bobs").exists()


def test_who_is_locked_to_a_team_may_come_back_to_it(lock, alices, bob, let_in):
    lock(bob, alices, until=None)
    services.leave(user=bob)
    assert let_in(bob) == alices


def test_a_team_lock_that_is_over_holds_nobody(lock, alices, bob):
    lock(bob, alices, until=timezone.now())
    services.leave(user=bob)
    assert services.create_team(user=bob, name="bobs", affiliation="")


def test_the_refusal_names_the_team_lock_that_lasts_longest(lock, alices, bob):
    lock(bob, alices, key="one", what="the short one")
    lock(bob, alices, key="two", what="the endless one", until=None)
    services.leave(user=bob)
    with pytest.raises(TeamRefused, match=r"the endless one.*while that phase is open"):
        services.create_team(user=bob, name="bobs", affiliation="")


def test_who_alone_made_up_a_team_hears_that_nobody_is_left_to_invite_them(lock, alice, alices):
    lock(alice, alices)
    services.leave(user=alice)
    with pytest.raises(TeamRefused, match="no longer has members"):
        services.create_team(user=alice, name="alices two", affiliation="")


def test_an_organiser_frees_a_person_for_another_team_in_the_same_phase(
    lock, alices, bob, charlie, charlies, organiser
):
    held = lock(bob, alices, key="k")
    services.leave(user=bob)
    team_locks.end_team_lock(held, by=organiser, reason="joined the wrong team")
    services.join(user=bob, invitation=services.invite(captain=charlie))
    team_locks.lock_members(charlies, key="k", what="Segmentation", until=None)
    assert set(TeamLock.objects.filter(user=bob).values_list("team", "ended_by")) == {
        (alices.pk, organiser.pk),
        (charlies.pk, None),
    }
    with pytest.raises(TeamLockEnded):
        team_locks.end_team_lock(held, by=organiser, reason="again")


def test_a_submission_team_locks_all_members_once(alice, bob, alices):
    for _ in range(2):
        team_locks.lock_members(alices, key="k", what="Segmentation", until=None)
    assert set(TeamLock.objects.values_list("user__name", "team__name")) == {
        ("Alice", "alices"),
        ("Bob", "alices"),
    }


def test_a_team_with_a_member_who_played_for_another_hears_who_and_where(lock, alices, bob, charlies):
    lock(bob, charlies, key="k", what="Segmentation", until=timezone.now())
    with pytest.raises(LockedToAnotherTeam, match="Bob was in charlies when it submitted to Segmentation"):
        team_locks.lock_members(alices, key="k", what="Segmentation", until=None)
