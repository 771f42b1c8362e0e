"""Two organisers act at the same moment, or while a team submits: one act is done, the others are told why not."""

import threading
from collections.abc import Callable
from contextlib import contextmanager
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection, connections, transaction

from server.acts import ActRefused, fingerprint
from server.announcements.models import Announcement
from server.audit.models import AuditLogEntry, PublicLogEntry
from server.outbox.models import OutboxEmail
from server.phases.changes import Act, Change
from server.phases.services import change_phases, preview_change
from server.rescores import publication, services
from server.rescores.exceptions import AnotherRescore, RescoreEnded
from server.rescores.models import Rescore
from server.submissions import transitions
from server.submissions.exceptions import EditionNotListed
from server.submissions.models import Evaluation, SlotGrant
from server.submissions.slot_grants import grant_to_all
from server.tracks.editions.exceptions import HasSubmissions
from server.tracks.editions.listing import unlist_edition
from server.tracks.models import Phase, PhaseRule, ScoringRule
from tests.rescoring import corrected, started
from tests.server.test_team_races import all_at_once

pytestmark = [pytest.mark.both_setups, pytest.mark.django_db(transaction=True)]
AT_ONCE, WAIT = 4, 10
REASON = "One mask was upside down."
one_writer = pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time")


def said_by_all_but_one(outcomes: list[object], *refusals: type[ActRefused]) -> set[str]:
    """What the others were told, where exactly one act was done."""
    refused = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert len(refused) == len(outcomes) - 1, outcomes
    assert all(isinstance(one, refusals) for one in refused), refused
    return {str(one) for one in refused}


@pytest.fixture
def earlier(open_phase, phase) -> Phase:
    """A phase of the same split that opened before the other, and was created after it."""
    return open_phase(slug="earlier", title="Earlier", opens_at=phase.opens_at - timedelta(hours=1))


@pytest.mark.parametrize("change", [Change(Act.EXTEND, hours=12), Change(Act.PAUSE)], ids=["extend", "pause"])
def test_phases_are_changed_once(change, phase, earlier, organiser, admin):
    both = [earlier, phase]
    seen = fingerprint(preview_change(both, change))
    press = partial(change_phases, both, change, reason="An outage.", seen=seen)
    outcomes = all_at_once(*(partial(press, by=(organiser, admin)[n % 2]) for n in range(AT_ONCE)))
    (told,) = said_by_all_but_one(outcomes, ActRefused)
    assert "has changed since this preview was made" in told or "is like that already" in told
    assert AuditLogEntry.objects.filter(what="changed several phases").count() == 1
    assert AuditLogEntry.objects.filter(what="changed a phase").count() == 2
    assert (PublicLogEntry.objects.count(), Announcement.objects.count()) == (1, 1)


def test_one_of_two_dry_runs_begins(have_scored, alice, phase, truths, truth, organiser, admin):
    have_scored(alice, 0.5)
    tried = [corrected(truths, truth, wrong=number) for number in range(2)]
    press = [
        partial(services.start, ground_truth=tried[n % 2], phases=[phase], by=(organiser, admin)[n % 2])
        for n in range(AT_ONCE)
    ]
    (told, *_) = said_by_all_but_one(all_at_once(*press), AnotherRescore)
    assert "Publish or drop that one first." in told
    assert (Rescore.objects.count(), ScoringRule.objects.filter(state="draft").count()) == (1, 1)
    assert Evaluation.objects.filter(rescoring=True).count() == 1


@pytest.fixture
def complete(have_scored, alice, charlie, phase, earlier, truths, truth, organiser) -> Rescore:
    rows = have_scored(alice, 0.5), have_scored(charlie, 0.4)
    dry_run = started(corrected(truths, truth), [phase], organiser)
    dry_run.score({rows[0]: 0.3, rows[1]: 0.45})
    return dry_run.rescore


def test_a_rescore_is_published_once(complete, phase, organiser, admin):
    OutboxEmail.objects.all().delete()
    seen = fingerprint(publication.preview_publication(complete, [phase]))
    press = partial(publication.publish, complete, [phase], reason=REASON, seen=seen)
    outcomes = all_at_once(*(partial(press, by=(organiser, admin)[n % 2]) for n in range(AT_ONCE)))
    (told,) = said_by_all_but_one(outcomes, RescoreEnded)
    assert "This re-score was published already" in told
    assert PhaseRule.objects.filter(phase=phase, rule__number=2).count() == 1
    assert AuditLogEntry.objects.filter(what="published a re-score").count() == 1
    assert (PublicLogEntry.objects.count(), OutboxEmail.objects.count()) == (1, 2)


# What would wait for each other, held until both have begun


@contextmanager
def held(act: Callable[[], object]):
    """Do it in a transaction that ends when the block does."""
    done, may_end = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            act()
            done.set()
            may_end.wait(WAIT)
        connections.close_all()

    holding = threading.Thread(target=hold)
    holding.start()
    assert done.wait(WAIT)
    try:
        yield
    finally:
        may_end.set()
        holding.join(WAIT)


class Started(threading.Thread):
    """An act on a connection of its own; `outcome` is what it returned or raised."""

    def __init__(self, act: Callable[[], object]) -> None:
        super().__init__(daemon=True)
        self.act, self.outcome = act, None
        self.start()
        self.join(0.4)

    def run(self) -> None:
        try:
            self.outcome = self.act()
        except Exception as refusal:  # judged by the test
            self.outcome = refusal
        finally:
            connections.close_all()

    def ended(self) -> object:
        self.join(WAIT)
        assert not self.is_alive()
        return self.outcome


@one_writer
def test_dates_and_a_rescore_of_the_same_phases_take_turns(complete, phase, earlier, organiser, admin):
    """They list the phases in different orders; a third one holds the first of them until both wait."""
    both = [phase, earlier]
    dates = partial(change_phases, both, Change(Act.EXTEND, hours=12), by=admin, reason="An outage.")
    with held(lambda: Phase.objects.select_for_update().get(pk=min(one.pk for one in both))):
        publishing = Started(partial(publication.publish, complete, [phase], reason=REASON, by=organiser))
        changing = Started(dates)
    assert not isinstance(publishing.ended(), Exception), publishing.outcome
    assert not isinstance(changing.ended(), Exception), changing.outcome


@one_writer
def test_slots_are_granted_to_a_team_that_submits(phase, submitted, alice, organiser):
    with held(lambda: Phase.objects.select_for_update(no_key=True).get(pk=phase.pk)):
        granting = Started(partial(grant_to_all, phase=phase, extra=2, reason="An outage.", by=organiser))
        submitting = Started(lambda: submitted(alice))
    assert not isinstance(submitting.ended(), Exception), submitting.outcome
    assert not isinstance(granting.ended(), Exception), granting.outcome
    assert SlotGrant.objects.count() == 1


@one_writer
def test_a_dry_run_is_dropped_while_a_worker_takes_one_of_it(have_scored, alice, phase, truths, truth, organiser):
    have_scored(alice, 0.5)
    rescore = started(corrected(truths, truth), [phase], organiser).rescore
    with held(lambda: transitions.claim("a worker")):
        dropping = Started(partial(services.drop, rescore, by=organiser))
        assert dropping.is_alive()
    assert dropping.ended() is None
    assert not Evaluation.objects.filter(rescoring=True).exists()


@one_writer
def test_an_edition_stays_listed_to_which_a_team_is_submitting(phase, submitted, alice, organiser):
    edition = phase.track.edition
    with held(lambda: submitted(alice)):
        unlisting = Started(partial(unlist_edition, edition, by=organiser, reason="By mistake."))
        assert unlisting.is_alive()
    assert isinstance(unlisting.ended(), HasSubmissions)
    edition.refresh_from_db()
    assert edition.is_listed


@one_writer
def test_nobody_submits_to_an_edition_that_is_being_unlisted(phase, submitted, alice, organiser):
    with held(partial(unlist_edition, phase.track.edition, by=organiser, reason="By mistake.")):
        submitting = Started(lambda: submitted(alice))
    assert isinstance(submitting.ended(), EditionNotListed)
    assert not phase.submissions.exists()
