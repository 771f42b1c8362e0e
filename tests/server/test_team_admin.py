"""Teams and locks in the admin: looked up, an offensive name fixed, a lock ended; nothing else."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from server.audit.models import AuditLogEntry
from server.teams.models import Team, TeamLock

pytestmark = pytest.mark.django_db


@pytest.fixture
def lock(alices):
    def make(user) -> TeamLock:
        until = timezone.now() + timedelta(days=1)
        return TeamLock.objects.create(user=user, team=alices, key="k", what="Segmentation, Now", until=until)

    return make


def hidden_fields(page) -> dict[str, object]:
    """What a browser sends along for the tables beneath the form."""
    forms = [inline.formset.management_form for inline in page.context["inline_admin_formsets"]]
    return {form.add_prefix(name): value for form in forms for name, value in form.initial.items()}


def test_an_organiser_renames_an_offensive_team_and_its_history_says_so(client, organiser, alices, charlies):
    client.force_login(organiser)
    url = reverse("admin:teams_team_change", args=[alices.pk])
    hidden = hidden_fields(client.get(url))
    assert "Give the reason" in client.post(url, hidden | {"name": "team 7", "affiliation": ""}).content.decode()
    wish = {
        "name": "team 7",
        "affiliation": "",
        "reason": "An insult.",
        "created_at": "2001-01-01",
        "archived_at": "2001-01-01",
    }
    assert client.post(url, hidden | wish).status_code == 302
    changed = Team.objects.get(pk=alices.pk)
    assert (changed.name, changed.archived_at, changed.created_at) == ("team 7", None, alices.created_at)
    history = client.get(reverse("admin:teams_team_history", args=[alices.pk])).content.decode()
    assert "Renamed from “alices” (“University of A”)." in history
    for refused in ("charlies", "baseline", "a\u200bb"):
        wish = {"name": refused, "affiliation": "", "reason": "An insult."}
        assert client.post(url, hidden | wish).status_code == 200
    assert Team.objects.get(pk=alices.pk).name == "team 7"


def test_an_organiser_ends_a_team_lock_once_and_with_a_reason(client, organiser, dora, lock):
    held = lock(dora)
    client.force_login(organiser)
    url = reverse("admin:teams_teamlock_change", args=[held.pk])
    assert "Give the reason" in client.post(url, {"reason": ""}).content.decode()
    assert client.post(url, {"reason": "joined the wrong team", "team": "", "until": ""}).status_code == 302
    ended = TeamLock.objects.get()
    assert (ended.ended_by, ended.reason) == (organiser, "joined the wrong team")
    assert ended.ended_at
    assert ended.until == held.until
    assert client.post(url, {"reason": "again"}).status_code == 403


def test_an_organiser_makes_a_member_the_captain_with_a_reason(client, organiser, alice, bob, alices):
    client.force_login(organiser)
    url = reverse("admin:teams_membership_change", args=[bob.membership.pk])
    assert "Give the reason" in client.post(url, {"reason": ""}).content.decode()
    assert client.post(url, {"reason": "alice has left science", "role": "member"}).status_code == 302
    roles = {seat.user: seat.role for seat in alices.memberships.select_related("user")}
    assert roles == {alice: "member", bob: "captain"}
    decision = AuditLogEntry.objects.get(what="appointed a captain")
    assert (decision.by, decision.reason) == (organiser, "alice has left science")
    assert decision.changes == {"captain": [str(alice), str(bob)]}
    assert client.post(url, {"reason": "again"}).status_code == 403
    assert client.get(url).status_code == 200  # a captain's place is looked at only


@pytest.mark.parametrize("model", ["team", "teamlock"])
def test_organisers_add_and_delete_no_teams_and_team_locks(client, organiser, alices, lock, dora, model):
    rows = {"team": alices, "teamlock": lock(dora)}
    client.force_login(organiser)
    assert client.get(reverse(f"admin:teams_{model}_add")).status_code == 403
    url = reverse(f"admin:teams_{model}_delete", args=[rows[model].pk])
    assert client.post(url, {"post": "yes"}).status_code == 403


def test_organisers_find_a_team_by_its_members(client, organiser, alices, charlies):
    client.force_login(organiser)
    found = client.get(reverse("admin:teams_team_changelist"), {"q": "alice@example.org"}).content.decode()
    assert "alices" in found
    assert "charlies" not in found
