"""Organisers' acts by the API: the page's fields and sentences, a preview first, once."""

from datetime import timedelta

import pytest
from acting import Program
from django.db import transaction
from django.utils import timezone

from server.accounts.models import ApiToken
from server.announcements.models import Announcement
from server.audit.services import publish_line
from server.outbox.models import OutboxEmail
from server.submissions.models import SlotGrant
from server.teams.eligibility import team_of

pytestmark = pytest.mark.django_db
WHY = {"reason": "The server was down."}


@pytest.fixture
def acting(organiser) -> Program:
    """An organiser's program whose token may act as one."""
    return Program(organiser.user, ApiToken.Scope.ADMIN)


def send(program: Program, path: str, **body):
    return program.post(f"/api/v1/admin/{path}", body, format="json")


def test_a_grant_to_all_is_previewed_and_made_once(acting, alice, rivals, phase):
    wish = {"phase": phase.pk, "extra": 2, **WHY}
    shown = send(acting, "grant-to-all/", dry_run=True, **wish).json()
    teams = [(row["team"], row["after"] - row["before"]) for row in shown["effect"]["teams"]]
    assert teams == [("alices", 2), ("rivals", 2)]
    assert not SlotGrant.objects.exists()
    assert send(acting, "grant-to-all/", preview=shown["preview"], **wish).status_code == 200
    again = send(acting, "grant-to-all/", preview=shown["preview"], **wish)
    assert (again.status_code, again.json()["code"]) == (409, "preview_outdated")
    assert SlotGrant.objects.count() == 2
    assert OutboxEmail.objects.filter(kind="important").count() == 2


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        ({"extra": 1}, 400, "form_invalid", "reason"),
        ({"extra": 99, **WHY}, 400, "form_invalid", "extra"),
        ({"extra": {"a": 1}, **WHY}, 400, "form_invalid", "extra"),
        ({"extra": 1, "mail": False, **WHY}, 400, "unknown_field", "mail"),
    ],
)
def test_what_is_wrong_is_named_by_field(acting, alice, phase, body, status, code, field):
    answer = send(acting, f"teams/{team_of(alice.user).pk}/grant/", phase=phase.pk, **body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert list(answer.json()["errors"]) == [field]
    assert not SlotGrant.objects.exists()


def test_refusals_are_the_sentences_of_the_pages(acting, alice, rivals):
    answer = send(acting, f"teams/{team_of(alice.user).pk}/rename/", name="rivals", affiliation="", **WHY)
    assert (answer.status_code, answer.json()["code"]) == (409, "act_refused")
    assert "Another team is called “rivals”" in answer.json()["errors"]["name"][0]


def test_an_announcement_is_drafted_previewed_and_sent_once(acting, alice, bob, rivals):
    body = {"subject": "News", "text": "Longer.", "teams": [str(team_of(alice.user).pk)], "on_site": True}
    for person in (alice, bob, rivals):
        person.user.emailaddress_set.create(email=person.user.email, verified=True, primary=True)
    assert send(acting, "announcements/", dry_run=True, **body).json()["effect"]["people"] == 2
    assert not Announcement.objects.exists()
    key = send(acting, "announcements/", **body).json()["id"]
    shown = send(acting, f"announcements/{key}/send/", dry_run=True).json()
    assert (shown["effect"]["people"], shown["effect"]["teams"]) == (2, 1)
    assert send(acting, f"announcements/{key}/send/", preview=shown["preview"]).status_code == 200
    again = send(acting, f"announcements/{key}/send/")
    assert (again.status_code, again.json()["code"]) == (409, "act_refused")
    (told,) = acting.get("/api/v1/admin/announcements/").json()["results"]
    assert (told["people_count"], told["waiting"], told["delivered"]) == (2, 2, 0)


def test_a_draft_is_discarded_and_a_banner_ended_as_previewed_and_once(acting, alice):
    alice.user.emailaddress_set.create(email=alice.user.email, verified=True, primary=True)
    body = {"subject": "News", "text": "Longer.", "teams": [str(team_of(alice.user).pk)], "on_site": True}
    body |= {"banner_until": f"{timezone.now() + timedelta(days=3):%Y-%m-%d}"}
    draft, shown = (send(acting, "announcements/", **body).json()["id"] for _ in range(2))
    assert send(acting, f"announcements/{shown}/send/").status_code == 200
    for key, act in ((draft, "discard"), (shown, "end-banner")):
        preview = send(acting, f"announcements/{key}/{act}/", dry_run=True).json()
        assert preview["effect"]
        assert send(acting, f"announcements/{key}/{act}/", preview="another").json()["code"] == "preview_outdated"
        assert send(acting, f"announcements/{key}/{act}/", preview=preview["preview"]).status_code == 200
    (left,) = acting.get("/api/v1/admin/announcements/").json()["results"]
    assert left["id"] == shown
    assert not Announcement.objects.on_banner().exists()
    assert send(acting, f"announcements/{shown}/end-banner/").json()["code"] == "act_refused"
    assert send(acting, f"announcements/{shown}/discard/").json()["title"] == "The announcement was already sent"


def test_the_decision_log_is_read_by_anybody_and_names_nobody(visitor, organiser, phase):
    with transaction.atomic():
        publish_line(text="Extended by 12 hours.", about=phase, by=organiser.user)
    (line,) = visitor.get("/api/v1/log/").json()["results"]
    assert line["text"] == "Extended by 12 hours."
    assert (line["about"], line["track"]) == (str(phase), phase.track.slug)
    assert line.keys() == {"id", "at", "about", "track", "text", "url"}


def test_only_organisers_can_make_a_token_that_acts(client, alice, organiser):
    for program, made in ((alice, 0), (organiser, 1)):
        client.force_login(program.user)
        client.post("/account/tokens/", {"label": "desk", "scope": "admin", "days": "90"})
        assert program.user.tokens.filter(scope="admin").count() == made


@pytest.mark.parametrize(
    ("address", "field", "value", "words"),
    [
        ("announcements/", "banner_until", False, "Send a text or a number."),
        ("editions/open/", "starts_on", [None], "Send a text or a number."),
        ("editions/open/", "starts_on", 5, "valid date"),
        ("announcements/", "important", "no", "Send true or false."),
        ("announcements/", "dry_run", "true", "Send true or false."),
    ],
)
def test_a_value_of_another_kind_is_refused_in_words(acting, address, field, value, words):
    said = {"subject": "A", "text": "B", "copy": "x", "title": "y", "starts_on": "2031-01-01"}
    known = {"announcements/": ("subject", "text"), "editions/open/": ("copy", "title", "starts_on")}[address]
    body = {name: said[name] for name in known} | {field: value}
    answer = acting.post(f"/api/v1/admin/{address}", body, format="json")
    assert (answer.status_code, words in str(answer.json()["errors"][field])) == (400, True), answer.json()
