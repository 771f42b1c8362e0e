"""What an organiser cannot break by a slip of the hand: frozen fields, old addresses, effects shown first."""

from html import unescape

import pytest
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.core.exceptions import ValidationError
from django.db import models
from django.urls import reverse

from server.audit.models import AuditLogEntry
from server.phases.changes import Change
from server.phases.services import change_phases
from server.submissions.models import Entry
from server.tracks.models import PastSlug, Phase, Track
from server.tracks.slugs import keep_old_slug
from tests.server.roles import outcome_of
from tests.server.test_untouched_saves import Form

pytestmark = [pytest.mark.django_db, pytest.mark.both_setups]
OURS = ("server.", "leaderboard")


def constraints() -> dict[str, models.BaseConstraint]:
    ours = (model for model in apps.get_models() if model.__module__.startswith(OURS))
    return {constraint.name: constraint for model in ours for constraint in model._meta.constraints}


def test_every_constraint_is_explained_in_words():
    found = constraints()
    assert len(found) > 30
    texts = {name: str(constraint.get_violation_error_message()) for name, constraint in found.items()}
    assert {name for name, text in texts.items() if name in text or "onstraint" in text} == set()


@pytest.fixture
def save(client, admin):
    """Open the row's form in the admin, change these fields, save: `save(phase, limit=3)`."""
    client.force_login(admin)

    def do(row, **changes: object):
        address = reverse(f"admin:tracks_{row._meta.model_name}_change", args=[row.pk])
        form = Form(client.get(address).content.decode()).fields
        return client.post(address, form | changes)

    return do


def told(answer) -> list[str]:
    assert answer.status_code == 200
    return [str(text) for text in answer.context["adminform"].form.non_field_errors()]


def confirm(answer, save, row, **changes: object):
    """Save again, as the page asks."""
    seen = answer.context["adminform"].form["seen"].value()
    return save(row, seen=seen, reason="Decided.", **changes)


def test_a_lowered_limit_shows_who_used_more_and_asks_for_a_reason(phase, alice, charlie, submitted, save):
    for user in (alice, alice, alice, charlie):
        submitted(user)
    answer = save(phase, limit=2)
    assert "1 team has used more than 2 submissions already" in " ".join(told(answer))
    assert "Give the reason" in str(answer.context["adminform"].form.errors["reason"])
    assert Phase.objects.get(pk=phase.pk).limit == 5
    assert confirm(answer, save, phase, limit=2).status_code == 302
    assert Phase.objects.get(pk=phase.pk).limit == 2
    assert AuditLogEntry.objects.latest("at").reason == "Decided."
    assert AuditLogEntry.objects.latest("at").changes == {"limit": ["5", "2"]}


def test_what_was_confirmed_is_shown_again_if_it_changed_meanwhile(phase, alice, charlie, submitted, save):
    for user in (alice, alice):
        submitted(user)
    answer = save(phase, limit=1)
    for user in (charlie, charlie):
        submitted(user)
    again = confirm(answer, save, phase, limit=1)
    assert "2 teams have used more than 1 submissions already" in " ".join(told(again))
    assert Phase.objects.get(pk=phase.pk).limit == 5


def test_hiding_results_says_how_many_rows_lose_their_score(phase, alice, charlie, have_scored, save):
    have_scored(alice, 0.5)
    have_scored(charlie, 0.4)
    answer = save(phase, results="by_organiser")
    assert "2 rows lose their score: the board hides the results." in told(answer)
    assert confirm(answer, save, phase, results="by_organiser").status_code == 302


def test_choosing_says_who_stands_on_another_submission(phase, alice, alices, have_scored, save):
    best, chosen = have_scored(alice, 0.5), have_scored(alice, 0.4)
    Entry.objects.create(team=alices, phase=phase, chosen=chosen)
    assert best != chosen
    assert "1 row stands on another submission." in told(save(phase, stands_on="chosen"))


def test_names_of_classes_and_limits_of_parameters_show_their_effect(phase, alice, submitted, save):
    submitted(alice)
    track = phase.track
    names = track.class_names.splitlines()
    fewer = "\n".join(["1 squeezebox", *names[2:-1]])
    texts = " ".join(told(save(track, class_names=fewer, parameter_limit=20_000_000)))
    assert "2 classes are shown without a name: 0, 200." in texts
    assert "1 class is shown with another name: 1." in texts
    assert "1 submission states 20,000,000 parameters or more" in texts


def test_a_new_phase_that_overlaps_another_of_its_split_is_warned_of(client, admin, phase):
    client.force_login(admin)
    fields = {
        "track": phase.track_id,
        "slug": "more",
        "title": "More",
        "split": "test",
        "limit": 5,
        "per": "month",
    }
    dates = {"opens_at_0": "2020-01-01", "opens_at_1": "00:00:00", "closes_at_0": "", "closes_at_1": ""}
    choices = {"daily_submission_limit": 20, "results": "at_once", "details": "at_once", "stands_on": "best"}
    answer = client.post(reverse("admin:tracks_phase_add"), fields | dates | choices)
    assert "a team has 5 + 5 submissions there" in " ".join(told(answer))
    assert not Phase.objects.filter(slug="more").exists()


def test_constraints_speak_in_words_on_the_page(phase, save):
    answer = save(phase, limit=0)
    page = answer.content.decode()
    assert "set the limit to 1 or more" in page
    assert "phase_has_a_slot" not in page


def test_scorer_split_and_dates_are_fixed_where_they_must_be(phase, alice, submitted, save):
    submitted(alice)
    save(phase.track, scorer="localization")
    save(phase, split="val", closes_at_0="2020-01-01", closes_at_1="00:00:00", paused="on")
    stored = Phase.objects.select_related("track").get(pk=phase.pk)
    assert (stored.track.scorer, stored.split, stored.paused) == ("segmentation", "test", False)
    assert stored.closes_at == phase.closes_at


def test_old_addresses_lead_to_the_new_ones(phase, truth, alice, have_scored, save, client):
    have_scored(alice, 0.5)
    names = ("board", "curves", "classes", "compare")
    old = [reverse(f"leaderboard:{name}", args=["segmentation", "now"]) for name in names]
    old += [reverse("leaderboard:board_export", args=["segmentation", "now", "csv"])]
    old += ["/feeds/segmentation/now.atom", "/tracks/segmentation/", "/splits/segmentation/test/manifest.json"]
    answer = save(phase.track, slug="segments")
    assert "Addresses with “segmentation” lead to those with “segments” from now on." in told(answer)
    assert confirm(answer, save, phase.track, slug="segments").status_code == 302
    answer = save(phase, slug="final")
    assert confirm(answer, save, phase, slug="final").status_code == 302
    client.logout()
    for address in old:
        moved = client.get(f"{address}?at=2030-01-01")
        new = address.replace("segmentation", "segments").replace("/now", "/final")
        assert (moved.status_code, moved.headers["Location"]) == (301, f"{new}?at=2030-01-01"), address
        assert outcome_of(client.get(new)) == "ok", new
    moved = client.get("/api/v1/tracks/segmentation/")
    assert (moved.status_code, moved.headers["Location"]) == (301, "/api/v1/tracks/segments/")
    client.force_login(alice)
    assert client.post("/tracks/segmentation/now/submit/", {}).status_code == 308


def test_the_public_log_of_a_track_knows_its_former_slugs(phase, organiser, save, client):
    change_phases([phase], Change("pause"), by=organiser, reason="Repairs.")
    answer = save(phase.track, slug="segments")
    assert confirm(answer, save, phase.track, slug="segments").status_code == 302
    board = client.get(Phase.objects.get(pk=phase.pk).get_absolute_url()).content.decode()
    address = f"{reverse('public_log:log')}?track=segments&amp;track=segmentation"
    assert address in board
    assert "Repairs." in client.get(unescape(address)).content.decode()


def test_a_former_slug_is_never_taken_by_another_and_may_be_taken_back(tracks):
    track = tracks["segmentation"]
    track.slug = "segments"
    keep_old_slug(track, "segmentation")
    track.save()
    other = tracks["localization"]
    other.slug = "segmentation"
    with pytest.raises(ValidationError, match="was the slug of Weakly supervised semantic segmentation"):
        other.full_clean()
    track.slug = "segmentation"
    track.full_clean()
    keep_old_slug(track, "segments")
    track.save()
    assert list(PastSlug.objects.values_list("slug", flat=True)) == ["segments"]
    assert Track.objects.get(slug="segmentation") == track


def test_no_form_of_the_admin_leaves_a_history_entry_of_nothing(phase, save):
    assert save(phase.track).status_code == save(phase).status_code == 302
    assert not LogEntry.objects.exists()
