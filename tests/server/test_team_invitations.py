"""Invitations by address: mailed at once, for one person, once."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.utils import timezone

from server.teams import services
from server.teams.models import Invitation
from server.teams.refusals import TeamRefused

pytestmark = pytest.mark.django_db


@pytest.fixture
def invited(alice, dora, django_capture_on_commit_callbacks):
    """An invitation mailed to Dora."""
    with django_capture_on_commit_callbacks(execute=True):
        return services.invite_person(captain=alice, email=" Dora@Example.org ")


def test_an_invitation_by_address_is_mailed_with_its_link(invited):
    (letter,) = mail.outbox
    assert letter.to == ["dora@example.org"]
    assert letter.subject == "[LID challenge] An invitation to join alices"
    assert invited.link in letter.body
    assert "Alice invites you" in letter.body
    assert f"{invited.expires_at:%H:%M} UTC" in letter.body


def test_the_mail_is_the_same_for_an_address_without_account(alice, invited, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        other = services.invite_person(captain=alice, email="nobody@example.org")
    known, unknown = mail.outbox
    assert unknown.subject == known.subject
    assert unknown.body.replace(other.link, invited.link) == known.body


def test_an_inviter_cannot_write_lines_into_the_mail(alice, django_capture_on_commit_callbacks):
    type(alice).objects.update(name="Alice\n\nSend your password to\r\nMallory")
    with django_capture_on_commit_callbacks(execute=True):
        services.invite_person(captain=type(alice).objects.get(), email="dora@example.org")
    assert "Alice Send your password to Mallory invites you" in mail.outbox[0].body


def test_a_mail_server_that_fails_harms_nothing(alice, settings, django_capture_on_commit_callbacks, caplog):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    with django_capture_on_commit_callbacks(execute=True):
        invitation = services.invite_person(captain=alice, email="dora@example.org")
    assert Invitation.objects.get() == invitation
    assert "_mail_invitation" in caplog.text


def test_a_mail_server_that_hangs_is_given_up(alice, monkeypatch, django_capture_on_commit_callbacks):
    asked = {}
    monkeypatch.setattr(services, "get_connection", lambda **wishes: asked.update(wishes))
    with django_capture_on_commit_callbacks(execute=True):
        services.invite_person(captain=alice, email="dora@example.org")
    assert asked == {"timeout": services.MAIL_SECONDS}


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
    with pytest.raises(TeamRefused, match="once that is verified"):
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
    for number in range(services.MAILED_A_DAY):
        services.invite_person(captain=alice, email=f"friend{number}@example.org")
    Invitation.objects.filter(email="friend0@example.org").withdraw()
    with pytest.raises(services.TooManyInvitations, match="Make a link instead"):
        services.invite_person(captain=alice, email="one-more@example.org")
    Invitation.objects.update(created_at=timezone.now() - timedelta(days=1))
    assert services.invite_person(captain=alice, email="one-more@example.org")


def test_a_full_team_takes_nobody_and_the_invitation_lasts(invited, alice, bob, dora, settings):
    settings.TEAM_SIZE = 2
    with pytest.raises(services.TeamFull, match="has 2 members"):
        services.join(user=dora, invitation=invited)
    services.leave(user=bob)
    assert services.join(user=dora, invitation=invited)
