"""Organisers' decisions about teams: shown before, mailed with the reason, recorded, once."""

from datetime import timedelta

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from leaderboard.models import Review
from server.acts import PreviewOutdated, fingerprint
from server.audit.models import AuditLogEntry, PublicLogEntry
from server.outbox.models import OutboxEmail
from server.outbox.services import send_due
from server.submissions.models import SlotGrant
from server.submissions.slot_grants import (
    NoTeams,
    PhaseIsOver,
    ReasonTooLong,
    WrongNumber,
    grant,
    grant_to_all,
    preview_grant_to_all,
)
from server.submissions.slots import limit
from server.teams import services as teams
from server.teams.models import Team, TeamLock
from server.teams.team_locks import active_locks
from server.tracks.models import Phase

pytestmark = pytest.mark.django_db
REASON = "The server was down for six hours."


@pytest.fixture
def desk(client, organiser):
    client.force_login(organiser)
    return client


@pytest.fixture
def decide(desk):
    """Fill in a decision's form, read the preview, confirm it: `decide(url, {…})`; returns preview and outcome."""

    def do(url: str, form: dict[str, object]) -> tuple[str, str]:
        preview = text_of(desk.post(url, form))
        seen = preview.partition('name="seen" value="')[2][:32]
        return preview, text_of(desk.post(url, form | {"seen": seen, "confirm": "1"}, follow=True))

    return do


def text_of(answer):
    return " ".join(answer.content.decode().split())


def sent_to():
    mail.outbox.clear()
    send_due()
    return {message.to[0]: message.body for message in mail.outbox}


# Slots


def test_slots_for_all_teams_in_one_act(bob, charlie, alices, charlies, phase, organiser, person):
    gone = person("Gone")
    teams.create_team(user=gone, name="gone", affiliation="")
    teams.leave(user=gone)
    grant(team=alices, phase=phase, extra=1, reason="Earlier.", by=organiser, tell=False)
    preview = preview_grant_to_all(phase, 2)
    assert [(row.team, row.before, row.after) for row in preview.teams] == [("alices", 6, 8), ("charlies", 5, 7)]
    grant_to_all(phase=phase, extra=2, reason=REASON, by=organiser, seen=fingerprint(preview))
    now = timezone.now()
    assert (limit(alices, phase, now), limit(charlies, phase, now)) == (8, 7)
    entry = AuditLogEntry.objects.get(what="granted slots to all teams")
    assert entry.changes["teams"] == ["", "alices, charlies"]
    assert entry.reason == REASON
    assert entry in AuditLogEntry.objects.about(phase)
    line = PublicLogEntry.objects.get()
    assert line.text == f"Every team got 2 submissions more: {REASON}"
    assert (line.about, line.track) == (str(phase), phase.track.slug)
    mails = sent_to()
    assert sorted(mails) == ["alice@example.org", "bob@example.org", "charlie@example.org"]
    assert f"It can submit 2 submissions more to {phase}." in mails["charlie@example.org"]
    assert REASON in mails["charlie@example.org"]


def test_each_team_s_quota_history_shows_the_grant_to_all(client, alice, phase, organiser):
    grant_to_all(phase=phase, extra=2, reason=REASON, by=organiser)
    client.force_login(alice)
    page = text_of(client.get(reverse("site:quota_history")))
    assert "2 slots granted" in page
    assert REASON in page


@pytest.mark.both_setups
def test_a_grant_to_all_that_is_confirmed_twice_is_made_once(alice, charlie, phase, organiser, admin):
    seen = fingerprint(preview_grant_to_all(phase, 2))
    grant_to_all(phase=phase, extra=2, reason=REASON, by=organiser, seen=seen)
    with pytest.raises(PreviewOutdated):
        grant_to_all(phase=phase, extra=2, reason=REASON, by=admin, seen=seen)
    assert SlotGrant.objects.count() == 2


def test_grants_that_are_refused(alices, phase, organiser):
    wish = {"team": alices, "phase": phase, "extra": 1, "reason": REASON, "by": organiser}
    for wrong, refusal in (
        ({"extra": 0}, WrongNumber),
        ({"extra": 21}, WrongNumber),
        ({"reason": "x" * 201}, ReasonTooLong),
    ):
        with pytest.raises(refusal):
            grant(**wish | wrong)
    Phase.objects.filter(pk=phase.pk).update(closes_at=timezone.now() - timedelta(minutes=1))
    with pytest.raises(PhaseIsOver, match="extend it first"):
        grant(**wish)
    assert not SlotGrant.objects.exists()
    assert not OutboxEmail.objects.exists()


def test_a_grant_to_nobody(phase, organiser):
    with pytest.raises(NoTeams):
        grant_to_all(phase=phase, extra=1, reason=REASON, by=organiser)


def test_the_page_shows_who_gets_how_many_before(decide, alice, charlie, phase):
    form = {"phase": phase.pk, "extra": 2, "reason": REASON, "tell": "on"}
    preview, outcome = decide(reverse("decisions:grant_to_all"), form)
    assert "2 teams in" in preview
    assert "to the members of 2 teams" in preview
    assert "A grant cannot be undone" in preview
    assert "Done: grant all teams more slots." in outcome
    assert SlotGrant.objects.count() == 2


def test_a_grant_to_one_team_without_a_mail(decide, alices, phase):
    url = reverse("decisions:grant", args=[alices.pk])
    preview, _ = decide(url, {"phase": phase.pk, "extra": 1, "reason": REASON})
    assert "none: switched off for this decision" in preview
    assert SlotGrant.objects.get().team == alices
    assert not OutboxEmail.objects.exists()
    assert AuditLogEntry.objects.latest("pk").changes["mail to the team"] == ["", "switched off"]


# Names and locks


def test_an_organiser_renames_a_team(decide, alices, bob):
    url = reverse("decisions:rename", args=[alices.pk])
    form = {"name": "team 7", "affiliation": "", "reason": "An insult.", "tell": "on"}
    preview, outcome = decide(url, form)
    assert "Name: “alices” becomes “team 7”" in preview
    assert "to 2 people" in preview
    assert "Done" in outcome
    assert Team.objects.get(pk=alices.pk).name == "team 7"
    body = sent_to()["bob@example.org"]
    assert "Its name is no longer “alices” but “team 7”, and its affiliation" in body
    assert "An insult." in body


def test_an_organiser_appoints_a_captain_and_the_team_is_told(decide, desk, alices, alice, bob, charlie, charlies):
    page = text_of(desk.get(reverse("decisions:team", args=[alices.pk])))
    url, form = reverse("decisions:appoint", args=[alices.pk]), {"reason": "Alice left science.", "tell": "on"}
    assert f"{url}?member={bob.pk}" in page
    assert f"?member={alice.pk}" not in page
    preview, outcome = decide(url, form | {"member": bob.pk})
    assert "Captain: “Alice” becomes “Bob”" in preview
    assert "to 2 people" in preview
    assert "Done" in outcome
    assert {each.user: each.role for each in alices.memberships.all()} == {alice: "member", bob: "captain"}
    entry = AuditLogEntry.objects.get(what="appointed a captain")
    told = {"captain": ["Alice", "Bob"], "mail to the team": ["", "to 2 people"]}
    assert (entry.reason, entry.changes) == ("Alice left science.", told)
    mails = sent_to()
    assert sorted(mails) == ["alice@example.org", "bob@example.org"]
    assert "Bob is its captain now, in place of Alice." in mails["alice@example.org"]
    for nobody in (bob, charlie):  # the captain; another team's
        assert "No member has this id" in text_of(desk.post(url, form | {"member": nobody.pk}))
    decide(url, {"reason": "Alice is back.", "member": alice.pk})
    assert alices.memberships.get(role="captain").user == alice
    assert AuditLogEntry.objects.latest("pk").changes["mail to the team"] == ["", "switched off"]
    assert sent_to() == {}


def test_a_team_of_one_has_nobody_else_to_appoint(desk, charlies, alices, bob):
    nobody = "no other member"
    assert nobody in text_of(desk.get(reverse("decisions:appoint", args=[charlies.pk])))
    assert nobody not in text_of(desk.get(reverse("decisions:appoint", args=[alices.pk])))


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ({"name": "alices", "affiliation": "University of A"}, "already has this name"),
        ({"name": "charlies", "affiliation": ""}, "Another team is called"),
        ({"name": "organisers", "affiliation": ""}, "looks like an official name"),
    ],
)
def test_a_name_that_is_refused(desk, alices, charlies, names, words):
    url = reverse("decisions:rename", args=[alices.pk])
    page = text_of(desk.post(url, names | {"reason": "An insult."}))
    assert words in page
    assert 'name="confirm"' not in page


def test_the_end_of_a_lock_is_told_to_the_person_and_the_team(decide, submitted, alice, bob, dora, alices, phase):
    submitted(bob)
    teams.leave(user=bob)
    lock = TeamLock.objects.get(user=bob)
    url = reverse("decisions:end_lock", args=[lock.pk])
    preview, outcome = decide(url, {"reason": "Bob has moved.", "tell": "on"})
    assert f"Bob can join another team now, also in {phase}" in preview
    assert "to 2 people" in preview
    assert "Done" in outcome
    assert active_locks(bob) == []
    assert {to for to, body in sent_to().items() if "Bob has moved." in body} == {
        "alice@example.org",
        "bob@example.org",
    }
    _, again = decide(url, {"reason": "Bob has moved.", "tell": "on"})
    assert "Somebody has already ended it" in again


# Reviews


def test_a_disqualification_by_the_pages(decide, desk, have_scored, alice, charlie, alices):
    submission, _ = have_scored(alice, 0.9), have_scored(charlie, 0.5)
    page = text_of(desk.get(reverse("decisions:submission", args=[submission.pk])))
    url = f"{reverse('decisions:review', args=[submission.pk])}?verdict=disqualified"
    assert url in page
    assert 'value="disqualified" selected' in text_of(desk.get(url))
    preview, outcome = decide(url, {"verdict": "disqualified", "reason": REASON, "tell": "on"})
    assert "alices goes from rank 1 to no rank; its row stays." in preview
    assert "Rank 2 moves up by one." in preview
    assert "“The row of alices was disqualified”, with the reason; public" in preview
    assert "Done" in outcome
    undo = reverse("decisions:undo_review", args=[Review.objects.get().pk])
    assert undo in outcome
    preview, _ = decide(undo, {"reason": "We erred.", "tell": "on"})
    assert "Rank 1 moves down by one." in preview
    assert Review.objects.get().undone_at
    assert [line.text for line in PublicLogEntry.objects.all()] == [
        "The row of alices is no longer disqualified: We erred.",
        f"The row of alices was disqualified: {REASON}",
    ]


def test_nothing_is_done_before_the_preview_was_confirmed(desk, alices, phase):
    url = reverse("decisions:grant", args=[alices.pk])
    form = {"phase": phase.pk, "extra": 1, "reason": REASON}
    desk.post(url, form)
    page = text_of(desk.post(url, form | {"confirm": "1"}))
    assert "The preview is" in page or "What would follow has changed" in page
    assert not SlotGrant.objects.exists()


# Pages


def test_the_team_s_page_shows_what_organisers_need(desk, submitted, bob, alice, alices, phase):
    submission = submitted(alice)
    page = text_of(desk.get(reverse("decisions:team", args=[alices.pk])))
    assert "bob@example.org" in page
    assert reverse("decisions:end_lock", args=[TeamLock.objects.filter(user=bob).get().pk]) in page
    assert reverse("decisions:submission", args=[submission.pk]) in page
    assert f"{reverse('announcements:new')}?team={alices.pk}" in page


def test_teams_are_found_by_name_member_and_address(desk, alice, charlie):
    url = reverse("decisions:teams")
    for words in ("ALIC", "Alice", "alice@example", "University of A"):
        page = text_of(desk.get(url, {"q": words}))
        assert ("alices" in page, "charlies" in page) == (True, False), words
    assert "No team, member or address has" in text_of(desk.get(url, {"q": "zzz"}))
