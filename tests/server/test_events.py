"""Events of a submission as its team reads them: every transition, in words, without names of machines."""

import pytest

from server.submissions import transitions
from server.submissions.models import DESCRIPTIONS, State
from tests.lost_leases import expire_lease

pytestmark = pytest.mark.django_db
HOST = "worker-7.internal:4711"


def test_every_transition_has_a_text():
    assert set(DESCRIPTIONS) == {*transitions.TRANSITIONS, ("", State.QUEUED)}


@pytest.fixture
def lost_once(submitted, alice):
    """Claimed by a worker that was lost, and by another one afterwards."""
    submission = submitted(alice)
    claimed = transitions.claim(HOST)
    expire_lease(claimed)
    transitions.claim(HOST)
    return submission


def test_the_page_shows_each_transition_in_words(client, alice, lost_once):
    client.force_login(alice)
    page = client.get(lost_once.get_absolute_url()).content.decode()
    for words in ("Received and put into the queue.", "Scoring began.", "another one started scoring again"):
        assert words in page
    assert HOST not in page


def test_the_organisers_read_the_cause_in_the_admin(client, organiser, lost_once):
    client.force_login(organiser)
    evaluation = lost_once.evaluations.get()
    page = client.get(f"/admin/submissions/evaluation/{evaluation.pk}/change/").content.decode()
    assert f"the lease of {HOST} ran out" in page
