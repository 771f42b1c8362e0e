"""Tracks and phases in the admin: what an organiser cannot break by a slip of the hand."""

import json

import pytest
from django.urls import reverse

from server.tracks.models import Phase, Track

pytestmark = pytest.mark.django_db


@pytest.fixture
def save_rules(client, admin, phase):
    """Save these rules for the track of the phase; the answer."""
    client.force_login(admin)

    def save(rules: object):
        names = ("number", "slug", "title", "short_title", "task", "data", "labels", "scorer", "parameter_limit")
        form = {name: getattr(phase.track, name) for name in names} | {"rules": json.dumps(rules)}
        return client.post(reverse("admin:tracks_track_change", args=[phase.track_id]), form)

    return save


@pytest.mark.parametrize(
    "rules",
    ["a sentence", [1], ["a sentence"], {"rule": "a", "held": "b"}, [{"rule": "a"}], [{"rule": " ", "held": ""}]],
)
def test_rules_that_a_hand_in_could_not_keep_are_refused(save_rules, phase, rules):
    answer = save_rules(rules)
    assert answer.status_code == 200
    assert "each with these two names" in answer.content.decode()
    assert Track.objects.get(pk=phase.track_id).rules == phase.track.rules


def test_rules_of_the_right_shape_are_saved(save_rules, phase):
    rules = [{"rule": "Be kind.", "held": ""}]
    assert save_rules(rules).status_code == 302
    assert Track.objects.get(pk=phase.track_id).rules == rules


def test_once_slots_are_taken_what_they_were_counted_by_stays(client, admin, alice, phase, handed_in):
    client.force_login(admin)
    page = reverse("admin:tracks_phase_change", args=[phase.pk])
    assert {"track", "split", "per"} <= client.get(page).context["adminform"].form.fields.keys()
    handed_in(alice)
    form = client.get(page).context["adminform"].form
    assert not {"track", "split", "per"} & form.fields.keys()
    changed = {name: form[name].value() for name in form.fields if name not in {"opens_at", "closes_at", "reason"}}
    times = {
        f"{name}_{part}": f"{getattr(phase, name):{how}}"
        for name in ("opens_at", "closes_at")
        for part, how in enumerate(("%Y-%m-%d", "%H:%M:%S"))
    }
    answer = client.post(page, changed | times | {"limit": 7, "per": "day", "reason": "Asked for."})
    assert answer.status_code == 302
    assert list(Phase.objects.filter(pk=phase.pk).values_list("limit", "per")) == [(7, "phase")]
