"""The pages to found, join, change and leave a team: each state says what is and what to do."""

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from server.accounts.services import make_token
from server.outbox.models import OutboxEmail
from server.teams import services
from server.teams.models import Invitation, Membership, PastMembership, Team, TeamLock

pytestmark = pytest.mark.django_db


@pytest.fixture
def read(client):
    """What the main part of a page says to somebody: `read(dora, "/team/create/")`."""

    def text_of(user, url: str) -> str:
        client.force_login(user)
        answer = client.get(url, follow=True)
        assert answer.status_code == 200
        main = answer.content.decode().partition("<main")[2].partition("</main>")[0]
        return " ".join(re.sub(r"<[^>]+>", " ", main).replace("&#x27;", "'").split())

    return text_of


@pytest.fixture
def link(alice):
    return services.invite(captain=alice)


@pytest.fixture
def lock(alices):
    def make(user, **facts):
        until = timezone.now() + timedelta(days=1)
        return TeamLock.objects.create(
            user=user, team=alices, key="k", what="Segmentation, Now", until=until, **facts
        )

    return make


# Joining


def test_a_usable_invitation_says_who_invites_where_and_what_it_team_locks_to(read, link, dora):
    said = read(dora, link.get_absolute_url())
    assert "Alice invites you to join alices (University of A)" in said
    assert "even after leaving" in said
    assert "Join alices Not now" in said


ENDS = [
    ({"expires_at": timezone.now()}, "It has expired."),
    ({"withdrawn_at": timezone.now()}, "It was withdrawn."),
    ({"accepted_at": timezone.now(), "email": "erin@example.org"}, "has been used."),
    ({"email": "erin@example.org"}, "only for the e-mail address it was sent to"),
]


@pytest.mark.parametrize(("facts", "why"), ENDS)
def test_an_invitation_that_cannot_be_used_says_why_and_offers_no_button(read, link, dora, facts, why):
    Invitation.objects.update(**facts)
    said = read(dora, link.get_absolute_url())
    assert why in said
    assert "Not now" not in said
    assert "erin@" not in said


def test_a_full_team_says_so_beforehand(read, link, dora, settings):
    settings.TEAM_SIZE = 1
    assert "The team is full" in read(dora, link.get_absolute_url())


def test_who_is_in_the_team_or_in_another_reads_so(read, link, alice, charlie):
    assert "You are in alices You need not do anything more." in read(alice, link.get_absolute_url())
    assert "You are already in charlies" in read(charlie, link.get_absolute_url())


def test_who_is_locked_to_another_team_reads_so_before_the_button(read, dora, lock, charlie, settings):
    settings.CONTACT_EMAIL = "lid@example.org"
    lock(dora)
    for url in (services.invite(captain=charlie).get_absolute_url(), reverse("teams:create")):
        said = read(dora, url)
        assert "You are locked to alices" in said
        assert "Segmentation, Now" in said
        assert re.search(r"until \d+ \w{3} \d{4}, \d\d:\d\d UTC", said)
        assert "write to the organisers (lid@example.org)" in said
        assert "Not now" not in said
        assert "Create the team" not in said


def test_who_is_locked_to_the_inviting_team_may_come_back(read, dora, lock, link):
    lock(dora)
    assert "Join alices Not now" in read(dora, link.get_absolute_url())


def test_a_refused_join_leads_to_the_page_that_says_why(client, link, charlie):
    client.force_login(charlie)
    answer = client.post(link.get_absolute_url(), follow=True)
    assert "You are already in charlies" in answer.content.decode()


def test_an_invitation_by_address_is_offered_to_who_wants_to_found(read, alice, dora, charlie):
    invitation = services.invite_person(captain=alice, email=dora.email)
    assert "You are invited See the invitation to alices" in read(dora, reverse("teams:create"))
    assert "You are invited" not in read(charlie, reverse("teams:create"))
    services.withdraw_invitation(captain=alice, invitation=invitation)
    assert "You are invited" not in read(dora, reverse("teams:create"))


def test_a_stranger_comes_back_to_the_invitation_through_sign_up_and_the_mailed_link(client, alice, alices):
    invitation = services.invite_person(captain=alice, email="erin@example.org")
    answer = client.get(invitation.get_absolute_url(), follow=True)
    sign_up = re.search(r'href="(/account/signup/[^"]+)"', answer.content.decode())[1]
    assert "Log in to answer the invitation" in answer.content.decode()
    form = {"name": "Erin", "email": "erin@example.org"}
    form |= {"password1": "imperfect data 2020", "password2": "imperfect data 2020"}
    form["next"] = parse_qs(urlsplit(sign_up).query)["next"][0]
    client.post(sign_up, form)
    confirm = re.search(r"https?://[^/\s]+(/\S*confirm-email/\S+)", mail.outbox[-1].body)[1]
    answer = client.post(confirm)
    assert answer.headers["Location"] == invitation.get_absolute_url()
    client.post(invitation.get_absolute_url())
    assert alices.memberships.filter(user__email="erin@example.org").exists()


def test_an_invitation_without_log_in_tells_nothing_of_the_team(client, link):
    answer = client.get(link.get_absolute_url(), follow=True)
    assert "alices" not in answer.content.decode()


# The members part


def test_the_captain_reads_for_whom_invitations_are_and_until_when(read, alice, bob, link):
    services.invite_person(captain=alice, email="erin@example.org")
    said = read(alice, reverse("site:team"))
    until = f"{link.expires_at:%-d %b %Y, %H:%M} UTC"
    assert re.search(rf"erin@example.org http\S+ Copy {until} Withdraw anybody with the link", said)
    said = read(bob, reverse("site:team"))
    assert "erin@example.org" not in said
    assert "Invite" not in said
    assert "Leave the team" in said


def test_an_address_is_invited_from_the_page(client, alice):
    client.force_login(alice)
    answer = client.post(reverse("teams:invite_person"), {"email": "Erin@example.org"}, follow=True)
    assert "will be sent shortly" in answer.content.decode()
    assert [letter.recipient for letter in OutboxEmail.objects.all()] == ["erin@example.org"]


@pytest.mark.parametrize("email", ["", "erin", "a@b", "erin@example.org\nBcc: all@example.org"])
def test_what_is_no_address_is_mended_in_place(client, alice, email):
    client.force_login(alice)
    answer = client.post(reverse("teams:invite_person"), {"email": email})
    assert answer.status_code == 400
    assert "Please fix this first" in answer.content.decode()
    assert not Invitation.objects.exists()


def test_only_the_captain_invites_an_address(client, bob):
    client.force_login(bob)
    answer = client.post(reverse("teams:invite_person"), {"email": "erin@example.org"})
    assert "Only the captain can do this" in answer.content.decode()
    assert not Invitation.objects.filter(email="erin@example.org").exists()


# Leaving, removing, leading


def test_leaving_asks_first_and_a_get_changes_nothing(read, client, bob, alices):
    assert "Leave alices?" in read(bob, reverse("teams:leave"))
    assert services.team_of(bob) == alices
    answer = client.post(reverse("teams:leave"), follow=True)
    assert "You have left alices." in answer.content.decode()
    assert services.team_of(bob) is None
    assert "You are not in a team." in client.post(reverse("teams:leave"), follow=True).content.decode()


def test_the_leave_page_says_what_leaving_does_not_free_from(read, bob, lock, settings):
    settings.CONTACT_EMAIL = "lid@example.org"
    lock(bob)
    said = read(bob, reverse("teams:leave"))
    assert re.search(
        r"You remain locked to the team .* Segmentation, Now, until \d+ \w{3} \d{4}, \d\d:\d\d UTC", said
    )
    assert "write to the organisers ( lid@example.org )" in said, "the address is a link"


def test_the_captain_is_told_to_hand_over_before_leaving(read, client, alice, bob):
    assert "Transfer the captaincy first" in read(alice, reverse("teams:leave"))
    assert "Transfer the captaincy first" in client.post(reverse("teams:leave"), follow=True).content.decode()
    assert Membership.objects.count() == 2


def test_the_last_member_is_told_what_becomes_of_the_team(read, alice):
    assert "You are the last member" in read(alice, reverse("teams:leave"))


@pytest.mark.parametrize("name", ["remove", "transfer_captaincy"])
def test_a_captains_step_asks_first_and_is_the_captains_only(read, client, alice, bob, name):
    theirs, own = (reverse(f"teams:{name}", args=[user.pk]) for user in (bob, alice))
    assert "Bob" in read(alice, theirs)
    assert Membership.objects.filter(user=bob, role="member").exists()
    assert "Only the captain can do this" in read(bob, own)
    assert "Only the captain can do this" in client.post(own, follow=True).content.decode()
    assert Membership.objects.filter(user=alice, role="captain").exists()


def test_the_captain_removes_and_twice_is_no_fault(client, alice, bob):
    client.force_login(alice)
    url = reverse("teams:remove", args=[bob.pk])
    assert "Bob was removed" in client.post(url, follow=True).content.decode()
    assert "Bob is no longer in the team" in client.post(url, follow=True).content.decode()
    assert PastMembership.objects.count() == 1


def test_the_captain_hands_over(client, alice, bob):
    client.force_login(alice)
    answer = client.post(reverse("teams:transfer_captaincy", args=[bob.pk]), follow=True)
    assert "Bob is now the captain" in answer.content.decode()
    assert "Send an invitation" not in answer.content.decode()


def test_a_removed_member_loses_all_access_at_once(client, alice, bob, submitted):
    submission = submitted(bob)
    _, secret = make_token(user=bob, label="cluster", scope="submit", days=None)
    by_api = {"headers": {"Authorization": f"Bearer {secret}"}}
    client.force_login(bob)
    doors = [
        lambda: client.get(submission.get_absolute_url()),
        lambda: client.post(reverse("submissions:cancel", args=[submission.pk])),
        lambda: client.get(f"/api/v1/submissions/{submission.pk}/", **by_api),
        lambda: client.get("/api/v1/team/", **by_api),
    ]
    assert doors[0]().status_code == 200
    assert doors[2]().status_code == 200
    services.remove(captain=alice, member=bob)
    assert [door().status_code for door in doors] == [404, 404, 404, 404]


def test_the_captain_renames_and_boards_follow(client, alice, phase, submitted):
    submission = submitted(alice)
    client.force_login(alice)
    new = {"name": "  new   name ", "affiliation": "Elsewhere"}
    answer = client.post(reverse("teams:rename"), new, follow=True)
    assert "The new names were saved" in answer.content.decode()
    assert type(submission).objects.get().team.name == "new name"


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("charlies", "almost the same"),
        ("Сharlies", "almost the same"),
        ("admin", "official"),
        ("a\u202eb", "invisible"),
    ],
)
def test_a_refused_name_is_mended_in_place(client, alice, charlie, name, why):
    client.force_login(alice)
    answer = client.post(reverse("teams:rename"), {"name": name, "affiliation": ""})
    assert answer.status_code == 400
    assert why in answer.content.decode()
    assert services.team_of(alice).name == "alices"


def test_a_refused_affiliation_is_named_at_its_field(client, dora):
    client.force_login(dora)
    answer = client.post(reverse("teams:create"), {"name": "doras", "affiliation": "a\u200bb"})
    assert "affiliation" in answer.context["form"].errors
    assert not Team.objects.exists()
