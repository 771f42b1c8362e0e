"""Teams: creating, inviting, joining."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection
from django.utils import timezone

from server.teams import services
from server.teams.models import Invitation, Membership, Team

pytestmark = pytest.mark.django_db


def test_who_founds_a_team_is_its_captain(dora):
    team = services.create_team(user=dora, name="  the   doras ", affiliation=" University  of D ")
    assert (team.name, team.affiliation) == ("the doras", "University of D")
    assert (dora.membership.team, dora.membership.role) == (team, "captain")
    assert services.team_of(dora) == team


SO_NEARLY = ["alices", "ALICES", " alices ", "ａｌｉｃｅｓ", "ⓐlices", "aliceſ"]


@pytest.mark.both_setups
@pytest.mark.parametrize("name", SO_NEARLY)
def test_a_name_that_readers_would_mix_up_is_taken(alices, dora, name):
    with pytest.raises(services.NameTaken, match="almost the same"):
        services.create_team(user=dora, name=name, affiliation="")
    assert services.team_of(dora) is None
    assert Team.objects.count() == 1


def test_another_name_is_free(alices, dora):
    assert services.create_team(user=dora, name="alice", affiliation="").name == "alice"


def test_a_person_founds_one_team_only_and_the_refused_one_is_not_left(alice):
    with pytest.raises(services.AlreadyInTeam):
        services.create_team(user=alice, name="more alices", affiliation="")
    assert [team.name for team in Team.objects.all()] == ["alices"]


def test_who_holds_an_invitation_joins_as_a_member(alice, alices, dora):
    assert services.join(user=dora, invitation=services.invite(captain=alice)) == alices
    assert (dora.membership.team, dora.membership.role) == (alices, "member")


def test_who_is_in_a_team_cannot_join_another(alice, charlie, charlies):
    with pytest.raises(services.AlreadyInTeam):
        services.join(user=charlie, invitation=services.invite(captain=alice))
    assert services.team_of(charlie) == charlies


def test_an_invitation_ends_after_a_week(alice, dora):
    invitation = services.invite(captain=alice)
    week = timedelta(days=7)
    assert abs(invitation.expires_at - timezone.now() - week) < timedelta(minutes=1)
    Invitation.objects.update(expires_at=timezone.now())
    with pytest.raises(services.InvitationEnded):
        services.join(user=dora, invitation=Invitation.objects.get())
    assert services.team_of(dora) is None


def test_a_withdrawn_invitation_does_not_work_and_withdrawing_twice_changes_nothing(alice, dora):
    invitation = services.invite(captain=alice)
    services.withdraw_invitation(captain=alice, invitation=invitation)
    withdrawn = Invitation.objects.get().withdrawn_at
    services.withdraw_invitation(captain=alice, invitation=invitation)
    assert Invitation.objects.get().withdrawn_at == withdrawn
    with pytest.raises(services.InvitationEnded):
        services.join(user=dora, invitation=Invitation.objects.get())


@pytest.mark.parametrize("who", ["bob", "dora"])
def test_only_the_captain_invites(request, who):
    with pytest.raises(services.NotCaptain):
        services.invite(captain=request.getfixturevalue(who))


def test_only_the_captain_withdraws(alice, bob):
    invitation = services.invite(captain=alice)
    with pytest.raises(services.NotCaptain):
        services.withdraw_invitation(captain=bob, invitation=invitation)
    assert Invitation.objects.get(pk=invitation.pk).withdrawn_at is None


def test_a_rival_captain_cannot_withdraw_an_invitation(alice, charlie):
    invitation = services.invite(captain=alice)
    services.withdraw_invitation(captain=charlie, invitation=invitation)
    assert Invitation.objects.get(pk=invitation.pk).withdrawn_at is None


@pytest.mark.both_setups
@pytest.mark.django_db(transaction=True)
def test_who_joins_two_teams_at_once_is_in_one(alice, charlie, dora):
    invitations = [services.invite(captain=captain) for captain in (alice, charlie)]
    gate, outcomes = Barrier(2), []

    def join(invitation):
        try:
            gate.wait()
            outcomes.append(services.join(user=dora, invitation=invitation))
        except services.AlreadyInTeam:
            outcomes.append(None)
        finally:
            connection.close()

    threads = [Thread(target=join, args=[invitation]) for invitation in invitations]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count(None) == 1
    assert Membership.objects.filter(user=dora).count() == 1
