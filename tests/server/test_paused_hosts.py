"""Paused hosts: what teams read on page and API, what organisers see in the admin, and how they end a pause."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from server.accounts.services import make_token
from server.audit.models import AuditLogEntry
from server.submissions import hosts, self_check
from server.submissions.models import WorkerHost
from server.submissions.waiting import PAUSED

pytestmark = pytest.mark.django_db
WHY = "The folder of archives holds no .zip file: is its volume mounted?"


@pytest.fixture
def paused(db):
    """This host, as it pauses since an hour ago and tries again in three minutes."""
    now = timezone.now()
    times = {"paused_at": now - timedelta(hours=1), "next_try": now + timedelta(minutes=3), "checked_at": now}
    return WorkerHost.objects.create(name=hosts._name(), last_error=WHY, tries=4, **times)


def test_page_and_api_say_that_scoring_is_paused_and_no_longer_once_it_goes_on(
    paused, submitted, alice, logged_in
):
    submission, browser = submitted(alice), logged_in(alice)
    secret = make_token(user=alice, label="x", scope="read", days=None)[1]
    program = Client(headers={"Authorization": f"Bearer {secret}"})
    pages = [submission.get_absolute_url(), reverse("site:submission_live", args=[submission.pk])]
    api = reverse("api:submission", args=[submission.pk])
    assert all(PAUSED in browser.get(page).content.decode() for page in pages)
    assert program.get(api).json()["message"].endswith(f" {PAUSED}")
    WorkerHost.objects.create(name="another-host")  # which scores
    assert not any("scoring is paused" in browser.get(page).content.decode() for page in pages)
    assert "scoring is paused" not in program.get(api).json()["message"]


def test_an_organiser_sees_which_hosts_pause_why_since_when_and_until_when(paused, client, organiser):
    WorkerHost.objects.create(name="another-host")
    client.force_login(organiser)
    text = client.get(reverse("admin:submissions_workerhost_changelist")).content.decode()
    assert text.count("icon-no.svg") == text.count("icon-yes.svg") == 1
    assert WHY in text
    own = client.get(reverse("admin:submissions_workerhost_change", args=[paused.pk])).content.decode()
    assert WHY in own


def test_an_organiser_ends_a_pause_and_the_audit_log_says_so(
    paused, submitted, alice, client, organiser, monkeypatch
):
    submitted(alice)
    monkeypatch.setattr(self_check, "_valid_until", 0)  # this process has checked before, and failed
    monkeypatch.setattr(self_check, "_problem", lambda: "")
    assert not hosts.may_claim()
    client.force_login(organiser)
    form = {"action": "end_pause", "_selected_action": [paused.pk]}
    url = reverse("admin:submissions_workerhost_changelist")
    assert "is over" in client.post(url, form, follow=True).content.decode()
    assert hosts.may_claim()
    entry = AuditLogEntry.objects.get(what="ended a pause of scoring")
    assert (entry.by, entry.subject) == (organiser, paused.name)
    assert entry.changes["last_error"] == [WHY, ""]
    assert "does not pause" in client.post(url, form, follow=True).content.decode()
    assert AuditLogEntry.objects.filter(what="ended a pause of scoring").count() == 1


def test_a_host_that_still_cannot_score_pauses_again(paused, submitted, alice, organiser, monkeypatch):
    submitted(alice)
    monkeypatch.setattr(self_check, "_valid_until", 0)
    monkeypatch.setattr(self_check, "_problem", lambda: WHY)
    assert hosts.end_pause(paused, by=organiser)
    assert not hosts.may_claim()
    assert WorkerHost.objects.get().paused_at > paused.paused_at
