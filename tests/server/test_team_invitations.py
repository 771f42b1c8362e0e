"""Invitations by address: mailed at once, for one person, once."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.utils import timezone

from server.outbox.models import OutboxEmail, RelayedEmail
from server.teams import services
from server.teams.exceptions import TeamRefused
from server.teams.models import Invitation

pytestmark = pytest.mark.django_db


@pytest.fixture
def invited(alice, dora):
    """An invitation mailed to Dora."""
    return services.invite_person(captain=alice, email=" Dora@Example.org ")


def test_an_invitation_by_address_is_mailed_with_its_link(invited):
    letter = OutboxEmail.objects.get()
    assert (letter.recipient, letter.kind) == ("dora@example.org", "invited")
    assert letter.subject == "Invitation to join the team alices"
    assert invited.link in letter.text
    assert "Alice invites you" in letter.text
    assert f"{invited.expires_at:%H:%M} UTC" in letter.text
    assert letter.until == invited.expires_at


def test_the_mail_is_the_same_for_an_address_without_account(alice, invited):
    other = services.invite_person(captain=alice, email="nobody@example.org")
    unknown, known = OutboxEmail.objects.order_by("-created_at")
    assert unknown.subject == known.subject
    assert unknown.text.replace(other.link, invited.link) == known.text


def test_an_inviter_cannot_write_lines_into_the_mail(alice):
    type(alice).objects.update(name="Alice\n\nSend your password to\r\nMallory")
    services.invite_person(captain=type(alice).objects.get(), email="dora@example.org")
    assert "Alice Send your password to Mallory invites you" in OutboxEmail.objects.get().text


def test_who_owns_the_address_joins_once(invited, dora, alices):
    assert services.join(user=dora, invitation=invited) == alices
    services.leave(user=dora)
    with pytest.raises(services.InvitationEnded, match="has been used"):
        services.join(user=dora, invitation=invited)


def test_an_invitation_is_for_its_address_only(invited, person):
    erin = person("Erin")
    with pytest.raises(TeamRefused, match="only for the e-mail address it was sent to"):
        services.join(user=erin, invitation=invited)
    EmailAddress.objects.filter(email="dora@example.org").delete()
    unproved = EmailAddress.objects.create(user=erin, email="dora@example.org", verified=False)
    with pytest.raises(TeamRefused, match="once that address is verified"):
        services.join(user=erin, invitation=invited)
    unproved.set_verified()
    assert services.join(user=erin, invitation=invited)


def test_an_address_written_otherwise_is_the_same_address(alice, dora):
    EmailAddress.objects.filter(user=dora).update(email="Dora@Example.ORG")
    invitation = services.invite_person(captain=alice, email="dora@example.org")
    assert services.join(user=dora, invitation=invitation)


def test_an_invitation_to_the_same_address_replaces_the_earlier_one(invited, alice, dora):
    again = services.invite_person(captain=alice, email="dora@example.org")
    with pytest.raises(services.InvitationEnded, match="withdrawn"):
        services.join(user=dora, invitation=invited)
    assert services.join(user=dora, invitation=again)


def test_a_team_mails_so_many_invitations_a_day(alice):
    for number in range(services.MAX_INVITATIONS_PER_DAY):
        services.invite_person(captain=alice, email=f"friend{number}@example.org")
    Invitation.objects.filter(email="friend0@example.org").withdraw()
    with pytest.raises(services.TooManyInvitations, match="Create a link instead"):
        services.invite_person(captain=alice, email="one-more@example.org")
    Invitation.objects.update(created_at=timezone.now() - timedelta(days=1))
    RelayedEmail.objects.update(at=timezone.now() - timedelta(days=1))
    assert services.invite_person(captain=alice, email="one-more@example.org")


def test_a_full_team_takes_nobody_and_the_invitation_lasts(invited, alice, bob, dora, settings):
    settings.TEAM_SIZE = 2
    with pytest.raises(services.TeamFull, match="has 2 members"):
        services.join(user=dora, invitation=invited)
    services.leave(user=bob)
    assert services.join(user=dora, invitation=invited)
