"""The quota history's page: every slot that was used, reserved, returned or granted, and why."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from server.submissions import entries, slot_grants, transitions
from tests.ground_truths import PROBLEM

pytestmark = pytest.mark.django_db


@pytest.fixture
def quota_history(client, alice):
    def read() -> str:
        client.force_login(alice)
        return " ".join(client.get(reverse("site:quota_history")).content.decode().split())

    return read


def test_an_empty_ledger_says_so(quota_history, phase):
    assert "Not used yet" in quota_history()
    assert "5 of 5 slots free" in quota_history()


def test_a_team_without_any_phase_is_told(quota_history):
    assert "No slots yet" in quota_history()


def test_each_fate_of_a_slot_is_told_with_its_reason(
    quota_history, alice, alices, organiser, phase, submitted, have_scored
):
    submitted(alice, method="the wrong zip")
    transitions.record_rejected(transitions.claim("a worker"), [PROBLEM], 3)
    submitted(alice, method="the crash")
    transitions.fail(transitions.claim("a worker"), "a secret of ours")
    transitions.cancel(submitted(alice, method="the hasty one").evaluations.get())
    entries.withdraw(have_scored(alice, 0.5, method="the shy one"))
    submitted(alice, method="the last")
    slot_grants.grant(team=alices, phase=phase, extra=2, reason="the server was down", by=organiser)
    page = quota_history()
    for words in (
        "rejected: 3 problems in the archive",
        "a server error",
        "cancelled before scoring began",
        "the submission is withdrawn",
        "2 slots granted",
        "the server was down",
        "5 of 7 free",
        "this phase adds no more",
    ):
        assert words in page
    assert len(re.findall(r">\s*reserved\s*<", page)) == 1
    assert "a secret of ours" not in page


def test_a_window_that_is_over_keeps_its_lines(quota_history, alice, open_phase, truth, submitted):
    now = timezone.now()
    daily = open_phase(slug="daily", per="day", opens_at=now - timedelta(days=9))
    yesterday = submitted(alice, phase=daily, began_at=now - timedelta(days=1), method="of yesterday")
    page = quota_history()
    assert yesterday.slots.get().window in page
    assert "This period is over." in page
    assert "new slots on" in page
    assert "of yesterday" in page


def test_the_ledger_is_the_own_teams(quota_history, client, charlie, alice, phase, submitted):
    submitted(charlie, method="charlie’s secret")
    assert "secret" not in quota_history()


def test_a_longer_page_asks_the_database_no_more_often(quota_history, alice, phase, submitted):
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            quota_history()
        return len(queries)

    submitted(alice)
    quota_history()
    before = asked()
    for _ in range(4):
        submitted(alice)
    assert asked() == before
