"""Teams and locks in the admin: looked up, and nothing else."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from server.teams.models import TeamLock

pytestmark = pytest.mark.django_db


@pytest.fixture
def lock(alices):
    def make(user) -> TeamLock:
        until = timezone.now() + timedelta(days=1)
        return TeamLock.objects.create(user=user, team=alices, key="k", what="Segmentation, Now", until=until)

    return make


def test_the_admin_only_looks_and_leads_to_the_pages_that_act(client, organiser, bob, dora, alices, lock):
    held, member = lock(dora), bob.membership
    client.force_login(organiser)
    for row, leads_to in (
        (alices, reverse("decisions:team", args=[alices.pk])),
        (member, f"{reverse('decisions:appoint', args=[alices.pk])}?member={bob.pk}"),
        (alices.memberships.get(role="captain"), None),
        (held, reverse("decisions:end_lock", args=[held.pk])),
    ):
        url = reverse(f"admin:teams_{row._meta.model_name}_change", args=[row.pk])
        page = client.get(url).content.decode()
        assert f'href="{leads_to}"' in page if leads_to else "decisions:" not in page
        assert client.post(url, {"reason": "x", "name": "team 7", "affiliation": ""}).status_code == 403
    assert client.get(reverse("decisions:appoint", args=[alices.pk]), {"member": bob.pk}).status_code == 200


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
