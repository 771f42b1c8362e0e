"""Tracks and phases in the admin: what an organiser cannot break by a slip of the hand."""

import pytest
from django.urls import reverse

from server.submissions.models import Submission
from server.tracks.models import Phase, Track

pytestmark = pytest.mark.django_db


@pytest.fixture
def save_names(client, admin, phase):
    """Save these class names for the track of the phase; the answer."""
    client.force_login(admin)

    def save(names: str = ""):
        fields = ("number", "slug", "title", "short_title", "task", "data", "labels", "scorer", "parameter_limit")
        form = {name: getattr(phase.track, name) for name in fields} | {"class_names": names}
        address = reverse("admin:tracks_track_change", args=[phase.track_id])
        answer = client.post(address, form)
        if answer.status_code == 302:
            return answer
        seen = answer.context["adminform"].form["seen"].value()
        return client.post(address, form | {"seen": seen or "", "reason": "Decided."})

    return save


# Rules


def rows_of(page) -> dict[str, object]:
    """What a browser sends of the page of rules as it is."""
    formset = page.context["formset"]
    fields = [field for form in (formset.management_form, *formset) for field in form]
    return {field.html_name: field.value() or "" for field in fields if field.value() is not False}


def test_rules_are_rows_that_are_added_removed_and_ordered(client, admin, phase, alice, submitted):
    client.force_login(admin)
    page, before = reverse("editions:rules", args=[phase.track.slug]), phase.track.rules
    declared, last = submitted(alice).rules_kept, len(before)
    form = rows_of(client.get(page)) | {
        "rules-0-DELETE": "on",
        "rules-2-ORDER": 1,
        f"rules-{last}-rule": "Be kind.",
    }
    form["rules-1-enforced"] = "By hand."
    shown = client.post(page, form | {"preview": "1"})
    assert Track.objects.get(pk=phase.track_id).rules == before
    sentences = shown.context["preview"].sentences
    assert sentences[:2] == ("A new rule: “Be kind.”", f"No longer a rule: “{before[0]['rule']}”")
    assert sentences[2:4] == (f"Enforced otherwise: “{before[1]['rule']}”", "The order of the rules.")
    assert sentences[4].startswith("Submissions keep the rules that their team declared")
    form |= {"seen": shown.context["form"]["seen"].value(), "reason": ""}
    assert client.post(page, form).status_code == 400
    assert client.post(page, form | {"reason": "Decided."}).status_code == 302
    after = Track.objects.get(pk=phase.track_id)
    second = before[1] | {"enforced": "By hand."}
    assert after.rules == [before[2], second, *before[3:], {"rule": "Be kind.", "enforced": ""}]
    assert submitted(alice, phase=Phase.objects.get(pk=phase.pk)).rules_kept == after.rule_sentences
    assert Submission.objects.earliest("received_at").rules_kept == declared
    assert client.post(page, form | {"reason": "Decided."}).status_code == 409  # its preview is of other rules


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ({"rules-1-rule": ""}, "Write the rule, or tick “Remove”"),
        ({"rules-1-rule": "Be kind.", "rules-2-rule": "Be kind."}, "“Be kind.” stands twice"),
        ({}, "These are the rules of the track already"),
    ],
)
def test_rules_that_a_submission_could_not_keep_are_refused(client, admin, phase, wrong, complaint):
    client.force_login(admin)
    page = reverse("editions:rules", args=[phase.track.slug])
    answer = client.post(page, rows_of(client.get(page)) | wrong)
    assert answer.status_code in {400, 409}
    assert complaint in answer.content.decode()


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
def test_class_names_without_a_label_of_their_own_are_refused(save_names, phase, names, complaint):
    answer = save_names(names)
    assert answer.status_code == 200
    assert complaint in answer.content.decode()


def test_class_names_are_saved_and_may_be_left_out(save_names, phase):
    assert save_names("0 background\r\n17 swimming trunks").status_code == 302
    assert Track.objects.get(pk=phase.track_id).names_of_classes == {0: "background", 17: "swimming trunks"}
    assert save_names().status_code == 302
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
