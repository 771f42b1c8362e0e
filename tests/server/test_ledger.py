"""The ledger's page: every slot taken, held, returned and granted, and why."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from server.submissions import entries, moves, slots
from tests.truths import PROBLEM

pytestmark = pytest.mark.django_db


@pytest.fixture
def ledger(client, alice):
    def read() -> str:
        client.force_login(alice)
        return " ".join(client.get(reverse("site:ledger")).content.decode().split())

    return read


def test_an_empty_ledger_says_so(ledger, phase):
    assert "Not used yet" in ledger()
    assert "5 of 5 slots free" in ledger()


def test_a_team_without_any_phase_is_told(ledger):
    assert "Nothing stands here yet" in ledger()


def test_each_fate_of_a_slot_is_told_with_its_reason(
    ledger, alice, alices, organiser, phase, handed_in, have_scored
):
    handed_in(alice, method="the wrong zip")
    moves.record_rejected(moves.claim("a worker"), [PROBLEM], 3)
    handed_in(alice, method="the crash")
    moves.fail(moves.claim("a worker"), "a secret of ours")
    moves.cancel(handed_in(alice, method="the hasty one").evaluations.get())
    entries.withdraw(have_scored(alice, 0.5, method="the shy one"))
    handed_in(alice, method="the last")
    slots.grant(team=alices, phase=phase, extra=2, reason="the server was down", by=organiser)
    page = ledger()
    for words in (
        "rejected: 3 problems in the archive",
        "a fault of the server",
        "cancelled before scoring began",
        "the submission is withdrawn",
        "2 slots granted",
        "the server was down",
        "5 of 7 free",
        "no more come by themselves",
    ):
        assert words in page
    assert page.count(">held<") == 1
    assert "a secret of ours" not in page


def test_a_window_that_is_over_keeps_its_lines(ledger, alice, open_phase, truth, handed_in):
    now = timezone.now()
    daily = open_phase(slug="daily", per="day", opens_at=now - timedelta(days=9))
    yesterday = handed_in(alice, phase=daily, began_at=now - timedelta(days=1), method="of yesterday")
    page = ledger()
    assert yesterday.slots.get().window in page
    assert "This window is over." in page
    assert "the next ones on" in page
    assert "of yesterday" in page


def test_the_ledger_is_the_own_teams(ledger, client, charlie, alice, phase, handed_in):
    handed_in(charlie, method="charlie’s secret")
    assert "secret" not in ledger()


def test_a_longer_page_asks_the_database_no_more_often(ledger, alice, phase, handed_in):
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            ledger()
        return len(queries)

    handed_in(alice)
    ledger()
    before = asked()
    for _ in range(4):
        handed_in(alice)
    assert asked() == before
