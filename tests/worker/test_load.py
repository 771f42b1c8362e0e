"""Hostile archives of many teams stand before an honest one's: it is scored, and each of them comes to its end."""

import os

import pytest
from all_archives import archives
from django.conf import settings

from server.submissions.models import Slot
from tests.load import attackers, faults_of, is_as_before, submit_all, wait_for_all
from tests.processes import eventually

ALL = bool(os.environ.get("EVERY_ARCHIVE"))

pytestmark = [
    pytest.mark.both_setups,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(3600 if ALL else 600),
]


def one_of_each_class():
    """One for each class of attack, so that a minute is enough; all of them where EVERY_ARCHIVE is set."""
    classes = {case.attack: case for case in reversed(archives())}
    return archives() if ALL else list(reversed(classes.values()))


def test_an_honest_team_is_scored_amid_an_onslaught(web, start_worker, person, submitted, alice, phase, truth):
    attacking = attackers(one_of_each_class(), person, web)
    half = len(attacking) // 2
    submit_all(attacking[:half], phase, truth.honest())
    honest = submitted(alice)
    submit_all(attacking[half:], phase, truth.honest())
    worker = start_worker()
    pid = worker.pid
    wait_for_all(60 + 10 * len(attacking))
    for attacker in attacking:
        attacker.read()
    assert [fault for attacker in attacking for fault in faults_of(attacker)] == []
    assert honest.evaluations.get().state == "scored"
    assert Slot.objects.filter(submission=honest, returned_at=None).count() == 1
    eventually(lambda: is_as_before(worker, pid), 10)
    assert list(settings.WORK_DIR.iterdir()) == []
    assert "Traceback" not in web.output() + worker.output()
