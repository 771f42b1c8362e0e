"""What a team does on its page, by the API: found it, invite, join, remove, leave, its quota history."""

import pytest
from acting import score_next
from allauth.account.models import EmailAddress

from server.outbox.models import OutboxEmail
from server.submissions import slot_grants
from server.teams.eligibility import team_of
from server.teams.models import Invitation, Team

TEAM, INVITATIONS = "/api/v1/team/", "/api/v1/team/invitations/"


def send(program, path: str, **fields):
    return program.post(path, fields, format="json")


def roles(team: dict) -> dict[str, str]:
    return {member["name"]: member["role"] for member in team["members"]}


def test_a_team_is_founded_renamed_and_left(charlie):
    made = send(charlie, TEAM, name="charlies", affiliation="C & Co")
    assert (made.status_code, roles(made.json())) == (201, {"Charlie": "captain"})
    again = send(charlie, TEAM, name="others", affiliation="")
    assert (again.status_code, again.json()["title"]) == (409, "You are already in charlies")
    renamed = send(charlie, f"{TEAM}rename/", name="sharks", affiliation="").json()
    assert (renamed["name"], renamed["affiliation"]) == ("sharks", "")
    assert send(charlie, f"{TEAM}leave/").json()["team"] is None
    assert not Team.objects.exists()
    assert send(charlie, f"{TEAM}leave/").status_code == 409


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [("alices", 409, "act_refused"), ("", 400, "form_invalid"), ("a\u202eb", 400, "form_invalid")],
)
def test_a_name_that_cannot_be_taken_is_named(alice, charlie, name, status, code):
    answer = send(charlie, TEAM, name=name, affiliation="")
    assert (answer.status_code, answer.json()["code"], list(answer.json()["errors"])) == (status, code, ["name"])


def test_a_link_lets_somebody_in_until_it_is_withdrawn(alice, charlie, rivals):
    made = send(alice, INVITATIONS)
    link = made.json()
    assert (made.status_code, link["email"], link["status"]) == (201, "", "usable")
    assert alice.get(INVITATIONS).json() == [link]
    assert charlie.get(f"/api/v1/invitations/{link['id']}/").json()["team"]["name"] == "alices"
    full = send(rivals, f"/api/v1/invitations/{link['id']}/accept/")
    assert (full.status_code, full.json()["title"]) == (409, "You are already in rivals")
    joined = send(charlie, f"/api/v1/invitations/{link['id']}/accept/")
    assert roles(joined.json()) == {"Alice": "captain", "Charlie": "member"}
    assert send(alice, f"{INVITATIONS}{link['id']}/withdraw/").json()["status"] == "withdrawn"
    assert alice.get(INVITATIONS).json() == []


def test_an_address_is_invited_by_mail_and_finds_the_invitation(alice, charlie):
    made = send(alice, INVITATIONS, email=charlie.user.email).json()
    assert OutboxEmail.objects.filter(kind="invited", address=charlie.user.email).count() == 1
    assert charlie.get("/api/v1/invitations/").json() == []
    EmailAddress.objects.create(user=charlie.user, email=charlie.user.email, verified=True)
    assert [one["id"] for one in charlie.get("/api/v1/invitations/").json()] == [made["id"]]
    assert send(charlie, f"/api/v1/invitations/{made['id']}/accept/").status_code == 200
    assert charlie.get("/api/v1/invitations/").json() == []
    wrong = send(alice, INVITATIONS, email="nobody")
    assert (wrong.status_code, list(wrong.json()["errors"])) == (400, ["email"])


def test_only_the_captain_may(alice, bob):
    invited = send(alice, INVITATIONS).json()["id"]
    member = str(alice.user.pk)
    asked = [
        bob.get(INVITATIONS),
        send(bob, INVITATIONS),
        send(bob, f"{INVITATIONS}{invited}/withdraw/"),
        send(bob, f"{TEAM}rename/", name="bobs", affiliation=""),
        send(bob, f"{TEAM}members/{member}/remove/"),
        send(bob, f"{TEAM}members/{member}/captain/"),
    ]
    assert {answer.json()["title"] for answer in asked} == {"Only the captain can do this"}
    assert {answer.status_code for answer in asked} == {409}
    assert Invitation.objects.get(pk=invited).usable


def test_captaincy_is_transferred_and_a_member_removed_once(alice, bob):
    refused = send(alice, f"{TEAM}leave/")
    assert (refused.status_code, refused.json()["title"]) == (409, "Transfer the captaincy first")
    handed_over = send(alice, f"{TEAM}members/{bob.user.pk}/captain/").json()
    assert roles(handed_over) == {"Alice": "member", "Bob": "captain"}
    assert roles(send(bob, f"{TEAM}members/{alice.user.pk}/remove/").json()) == {"Bob": "captain"}
    again = send(bob, f"{TEAM}members/{alice.user.pk}/remove/")
    assert (again.status_code, again.json()["title"]) == (409, "Not in the team")
    assert team_of(alice.user) is None


def test_the_quota_history_tells_of_every_slot_and_grant(alice, phase, organiser, charlie):
    assert charlie.get(f"{TEAM}quota-history/").json()["code"] == "no_team"
    url = alice.submit(phase).json()["url"]
    score_next()
    cancelled = alice.submit(phase).json()
    alice.post(f"{cancelled['url']}cancel/")
    slot_grants.grant(team=team_of(alice.user), phase=phase, extra=2, reason="It was down.", by=organiser.user)
    (window,) = alice.get(f"{TEAM}quota-history/").json()
    assert (window["track"], window["window"], window["is_current"], window["free"]) == (
        "localization",
        "phase",
        True,
        3,
    )
    newest, first = window["slots"]
    assert (first["state"], first["number"], first["returned_at"]) == ("used", 1, None)
    assert url.endswith(f"/{first['submission']}/")
    assert (newest["state"], newest["submission"]) == ("returned", cancelled["id"])
    assert [(grant["extra"], grant["reason"]) for grant in window["grants"]] == [(2, "It was down.")]
