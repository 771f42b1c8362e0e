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

    def save(rules: object, **more: str):
        names = ("number", "slug", "title", "short_title", "task", "data", "labels", "scorer", "parameter_limit")
        form = {name: getattr(phase.track, name) for name in names} | {"rules": json.dumps(rules), **more}
        address = reverse("admin:tracks_track_change", args=[phase.track_id])
        answer = client.post(address, form)
        if answer.status_code == 302:
            return answer
        seen = answer.context["adminform"].form["seen"].value()
        return client.post(address, form | {"seen": seen or "", "reason": "Decided."})

    return save


@pytest.mark.parametrize(
    "rules",
    [
        "a sentence",
        [1],
        ["a sentence"],
        {"rule": "a", "enforced": "b"},
        [{"rule": "a"}],
        [{"rule": " ", "enforced": ""}],
    ],
)
def test_rules_that_a_submission_could_not_keep_are_refused(save_rules, phase, rules):
    answer = save_rules(rules)
    assert answer.status_code == 200
    assert "each with these keys" in answer.content.decode()
    assert Track.objects.get(pk=phase.track_id).rules == phase.track.rules


def test_rules_of_the_right_shape_are_saved(save_rules, phase):
    rules = [{"rule": "Be kind.", "enforced": ""}]
    assert save_rules(rules).status_code == 302
    assert Track.objects.get(pk=phase.track_id).rules == rules


@pytest.mark.parametrize(
    ("names", "complaint"),
    [
        ("1 accordion\nairplane", "“airplane”: write the label"),
        ("accordion 1", "“accordion 1”: write the label"),
        ("1 ", "“1”: write the label"),
        ("1 a\n\n2 b", "“”: write the label"),
        ("0 a\n1 b\n0 c", "A label occurs twice"),
    ],
)
def test_class_names_without_a_label_of_their_own_are_refused(save_rules, phase, names, complaint):
    answer = save_rules(phase.track.rules, class_names=names)
    assert answer.status_code == 200
    assert complaint in answer.content.decode()


def test_class_names_are_saved_and_may_be_left_out(save_rules, phase):
    assert save_rules(phase.track.rules, class_names="0 background\r\n17 swimming trunks").status_code == 302
    assert Track.objects.get(pk=phase.track_id).names_of_classes == {0: "background", 17: "swimming trunks"}
    assert save_rules(phase.track.rules).status_code == 302
    assert Track.objects.get(pk=phase.track_id).names_of_classes == {}


def test_lid_2020_names_all_its_classes(tracks):
    named = {track.slug: track.names_of_classes for track in Track.objects.all()}
    assert list(named["segmentation"]) == list(range(201))
    assert list(named["scene-parsing"]) == list(range(1, 151))
    assert named["localization"] == {}
    assert (named["segmentation"][124], named["scene-parsing"][13]) == ("person", "person")
    for names in named.values():
        assert len(set(names.values())) == len(names)


def test_once_slots_are_taken_what_they_were_counted_by_stays(client, admin, alice, phase, submitted):
    client.force_login(admin)
    page = reverse("admin:tracks_phase_change", args=[phase.pk])
    assert {"track", "split", "per"} <= client.get(page).context["adminform"].form.fields.keys()
    submitted(alice)
    form = client.get(page).context["adminform"].form
    assert not {"track", "split", "per"} & form.fields.keys()
    changed = {name: form[name].value() for name in form.fields if name not in {"opens_at", "closes_at", "reason"}}
    times = {
        f"{name}_{part}": f"{getattr(phase, name):{how}}"
        for name in ("opens_at", "closes_at")
        for part, how in enumerate(("%Y-%m-%d", "%H:%M:%S"))
    }
    answer = client.post(page, changed | times | {"limit": 7, "per": "day", "reason": "Asked for."})
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    assert list(Phase.objects.filter(pk=phase.pk).values_list("limit", "per")) == [(7, "phase")]
