"""Limits of invitations by e-mail: per sender and per mailbox, whatever the team."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from server.outbox.models import OutboxEmail, RelayedEmail
from server.outbox.relay_limits import PER_MAILBOX, PER_SENDER
from server.outbox.services import choose
from server.teams import services
from server.teams.exceptions import TooManyInvitations

pytestmark = [pytest.mark.django_db, pytest.mark.both_setups]


def invite_until_refused(captain, tries: int) -> tuple[int, str]:
    """Invite strangers, with a new team for each seven; returns how many and why no more."""
    for number in range(tries):
        if number % 7 == 0:
            if services.team_of(captain):
                services.leave(user=captain)
            services.create_team(user=captain, name=f"doras {number}", affiliation="")
        try:
            services.invite_person(captain=captain, email=f"stranger{number}@example.org")
        except TooManyInvitations as refusal:
            return number, str(refusal)
    return tries, ""


def test_a_team_founded_anew_gives_no_new_invitations(dora):
    sent, why = invite_until_refused(dora, 60)
    assert (sent, OutboxEmail.objects.count()) == (PER_SENDER, PER_SENDER)
    assert "You have sent 20 invitations within a day" in why


def test_a_mailbox_gets_a_few_a_day_whoever_sends_them_and_whatever_its_tag(person):
    captains = [person(f"Captain{number}") for number in range(PER_MAILBOX + 1)]
    for number, captain in enumerate(captains):
        services.create_team(user=captain, name=f"team {number}", affiliation="")
    *few, last = captains
    for number, captain in enumerate(few):
        services.invite_person(captain=captain, email=f"Victim+{number}@Example.org")
    with pytest.raises(TooManyInvitations, match="This address was sent 5 invitations within a day"):
        services.invite_person(captain=last, email="victim@example.org")
    assert services.invite_person(captain=last, email="other@example.org")
    RelayedEmail.objects.update(at=timezone.now() - timedelta(days=1))
    assert services.invite_person(captain=last, email="victim@example.org")
    assert RelayedEmail.objects.count() == 1, "older rows are deleted"


def test_the_limit_does_not_tell_who_turned_invitations_off(alice, dora):
    choose(user=dora, kinds=[])
    for _ in range(PER_MAILBOX):
        services.invite_person(captain=alice, email=dora.email)
    with pytest.raises(TooManyInvitations, match="This address"):
        services.invite_person(captain=alice, email=dora.email)
    assert not OutboxEmail.objects.exists()


def test_the_page_says_what_the_limit_is(alice, logged_in):
    browser = logged_in(alice)
    for _ in range(PER_MAILBOX):
        assert browser.post(reverse("teams:invite_person"), {"email": "x@example.org"}).status_code == 302
    answer = browser.post(reverse("teams:invite_person"), {"email": "x@example.org"})
    assert answer.status_code == 400
    assert "was sent 5 invitations within a day, which is the limit. Create a link" in answer.content.decode()
