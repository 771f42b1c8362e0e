"""Two organisers press at the same moment: it is done once, and the other is told why not."""

from functools import partial

import pytest

from leaderboard.team_disqualification import NothingToDisqualify, disqualify_team
from server.accounts.models import User
from server.acts import PreviewOutdated, fingerprint
from server.announcements.exceptions import AlreadySent
from server.announcements.services import draft_announcement, preview_announcement, send_announcement
from server.audit.models import AuditLogEntry
from server.erasure.exceptions import AlreadyErased
from server.erasure.services import erase
from server.outbox.models import OutboxEmail
from server.submissions.models import SlotGrant
from server.submissions.slot_grants import grant_to_all, preview_grant_to_all
from server.verification.due_dates import usual_due_date
from server.verification.exceptions import NotPossible
from server.verification.models import CaseState, VerificationCase
from server.verification.opening import open_cases
from server.verification.verdicts import Verdict, give_verdict
from tests.server.test_team_races import all_at_once

pytestmark = [pytest.mark.both_setups, pytest.mark.django_db(transaction=True)]
AT_ONCE = 6


def test_an_announcement_is_sent_once(organiser, admin, bob, charlie):
    draft = draft_announcement(subject="News", text="Text", by=organiser)
    seen = fingerprint(preview_announcement(draft))
    press = partial(send_announcement, draft, seen=seen)
    outcomes = all_at_once(*(partial(press, by=(organiser, admin)[n % 2]) for n in range(AT_ONCE)))
    assert sum(isinstance(outcome, AlreadySent) for outcome in outcomes) == AT_ONCE - 1, outcomes
    assert OutboxEmail.objects.filter(kind="announcement").count() == 3
    assert AuditLogEntry.objects.filter(what="sent an announcement").count() == 1


def test_slots_for_all_are_granted_once(organiser, admin, alice, charlie, phase):
    seen = fingerprint(preview_grant_to_all(phase, 2))
    press = partial(grant_to_all, phase=phase, extra=2, reason="Outage.", seen=seen)
    outcomes = all_at_once(*(partial(press, by=(organiser, admin)[n % 2]) for n in range(AT_ONCE)))
    assert sum(isinstance(outcome, PreviewOutdated) for outcome in outcomes) == AT_ONCE - 1, outcomes
    assert SlotGrant.objects.count() == 2
    assert OutboxEmail.objects.filter(kind="important").count() == 2


def test_each_of_two_people_is_erased_once_and_gets_a_number_of_their_own(organiser, bob, charlie):
    press = [partial(erase, who, by=organiser, reason="Asked.") for who in (bob, charlie) for _ in range(3)]
    outcomes = all_at_once(*press)
    assert sum(isinstance(outcome, AlreadyErased) for outcome in outcomes) == 4, outcomes
    assert set(User.objects.exclude(erased_as=None).values_list("erased_as", flat=True)) == {1, 2}
    assert AuditLogEntry.objects.filter(what="erased an account").count() == 2


def test_a_team_is_disqualified_once(organiser, alices, phase):
    press = partial(disqualify_team, team=alices, scope=[phase], reason="Twice.", by=organiser)
    outcomes = all_at_once(*[press] * AT_ONCE)
    assert sum(isinstance(outcome, NothingToDisqualify) for outcome in outcomes) == AT_ONCE - 1, outcomes
    assert OutboxEmail.objects.filter(kind="important").count() == 1


def test_a_verification_case_is_closed_once_and_the_next_team_called_up_once(
    organiser, admin, alice, charlie, have_scored
):
    first, _ = have_scored(alice, 0.5), have_scored(charlie, 0.4)
    (case,) = open_cases(submissions=[first], due_at=usual_due_date(), by=organiser)
    verdict = Verdict(CaseState.REJECTED, disqualify=True, next_due_at=usual_due_date())
    press = partial(give_verdict, case, verdict=verdict, reason="Too large.")
    outcomes = all_at_once(*(partial(press, by=(organiser, admin)[n % 2]) for n in range(AT_ONCE)))
    assert sum(isinstance(outcome, NotPossible) for outcome in outcomes) == AT_ONCE - 1, outcomes
    assert OutboxEmail.objects.filter(key__contains=" closed ").count() == 1
    assert VerificationCase.objects.open().count() == 1
    assert first.reviews.count() == 1
