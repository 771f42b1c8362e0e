"""The admin and the audit log: each way to write in the admin adds one entry."""

from datetime import datetime
from itertools import chain

import pytest
from allauth.account.models import EmailAddress
from django.contrib import admin
from django.core.files.uploadedfile import SimpleUploadedFile
from django.forms import BaseModelForm
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone

from server.audit.admin_mixins import AuditedAdmin
from server.audit.models import AuditLogEntry
from server.submissions import transitions
from server.submissions.models import Evaluation
from server.tracks.models import GroundTruth, Phase

pytestmark = pytest.mark.django_db


@pytest.fixture
def left(client, admin):
    client.force_login(admin)
    known = set(AuditLogEntry.objects.values_list("pk", flat=True))
    return lambda: list(AuditLogEntry.objects.exclude(pk__in=known))


def filled(client, url: str, **wishes: object) -> dict[str, object]:
    """What a browser sends for the admin's form at this address, with some of its fields filled in otherwise."""
    page = client.get(url)
    inlines = [inline.formset.management_form for inline in page.context["inline_admin_formsets"]]
    bounds = [bound for form in [page.context["adminform"].form, *inlines] for bound in form]
    sent = dict(chain.from_iterable(map(sent_for, bounds)))
    return {name: value for name, value in (sent | wishes).items() if not (value is None or value is False)}


def sent_for(bound) -> list[tuple[str, object]]:
    """The inputs of one field; a date and its time are two."""
    value = bound.value()
    if isinstance(value, datetime):
        return [(f"{bound.html_name}_0", value.date()), (f"{bound.html_name}_1", value.time())]
    return [(bound.html_name, "on" if value is True else value)]


def changed(client, row, **wishes: object):
    url = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
    return client.post(url, filled(client, url, **wishes))


def chosen(client, action: str, row):
    """An action of the list, taken on one row."""
    url = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_changelist")
    return client.post(url, {"action": action, "_selected_action": [row.pk], "post": "yes"})


@pytest.fixture
def whole_phase(open_phase):
    """A phase whose dates have no microseconds, which the admin's form would cut off."""
    dates = {"slug": "whole", "opens_at": timezone.now().replace(microsecond=0), "closes_at": None}
    return lambda **facts: open_phase(**(dates | facts))


# Every door that writes


def doors_of(site: admin.ModelAdmin, person) -> set[str]:
    """By which doors a superuser may write in one class of the admin."""
    request = RequestFactory().get("/")
    request.user = person
    may = {
        name
        for name in ("add", "change", "delete")
        if getattr(site, f"has_{name}_permission")(request) and name in {"add", "change", "delete"}
    }
    actions = set(site.get_actions(request)) - {"delete_selected"}
    own_pages = {page.name for page in site.get_urls()} - {page.name for page in _plain(site).get_urls()}
    return {f"{site.opts.label_lower} {name}" for name in chain(may, actions, own_pages) if name}


def _plain(site: admin.ModelAdmin) -> admin.ModelAdmin:
    return admin.ModelAdmin(site.model, site.admin_site)


DOORS = {
    "accounts.user change",
    "account.emailaddress add",
    "account.emailaddress change",
    "account.emailaddress delete",
    "submissions.evaluation run_again",
    "submissions.submission download",  # test_downloads tries it
    "submissions.workerhost end_pause",  # test_paused_hosts tries it
    "tracks.edition change",
    "tracks.phase add",
    "tracks.phase change",
    "tracks.phase delete",
    "tracks.track add",
    "tracks.track change",
}


def test_the_admin_has_no_door_to_write_by_but_those_that_are_tried_here(admin):
    registered = django_admin_classes()
    assert set().union(*(doors_of(site, admin) for site in registered)) == DOORS


def test_a_class_whose_forms_write_is_recorded(admin):
    writing = {door.split()[0] for door in DOORS if door.split()[1] in {"add", "change", "delete"}}
    recorded = {site.opts.label_lower for site in django_admin_classes() if isinstance(site, AuditedAdmin)}
    assert writing == recorded
    assert not [site for site in django_admin_classes() if site.list_editable]


def django_admin_classes() -> list[admin.ModelAdmin]:
    return list(admin.site._registry.values())


def test_a_phase_is_added_changed_and_deleted(client, tracks, whole_phase, admin, left):
    phase = whole_phase()
    assert changed(client, phase, limit=7, title="Now").status_code == 302
    assert changed(client, phase).status_code == 302  # nothing was changed
    later = {
        "opens_at_0": "2040-01-01",
        "opens_at_1": "00:00",
        "closes_at_0": "2040-02-01",
        "closes_at_1": "00:00",
    }
    wish = {"slug": "more", "title": "More", **later}
    new = filled(client, reverse("admin:tracks_phase_change", args=[phase.pk]), **wish)
    warned = client.post(reverse("admin:tracks_phase_add"), new)  # the open benchmark is open then
    new |= {"seen": warned.context["adminform"].form["seen"].value(), "reason": "Wanted."}
    assert client.post(reverse("admin:tracks_phase_add"), new).status_code == 302
    more = Phase.objects.get(slug="more")
    assert chosen(client, "delete_selected", more).status_code == 302
    again = whole_phase(slug="again")
    client.post(reverse("admin:tracks_phase_delete", args=[again.pk]), {"post": "yes"})
    rows = left()[::-1]
    assert [row.what for row in rows] == ["changed a phase", "added a phase", "deleted a phase", "deleted a phase"]
    assert {row.by for row in rows} == {admin}
    assert rows[0].changes == {"limit": ["5", "7"]}
    assert rows[1].changes["title"] == ["", "More"]
    assert rows[2].changes["title"] == ["More", ""]
    assert rows[2].key == rows[1].key


def test_a_phase_that_teams_submitted_to_changes_only_with_a_reason(
    client, submitted, alice, whole_phase, truth, left
):
    phase = whole_phase()
    submitted(alice, phase=phase)
    refused = changed(client, phase, limit=6)
    assert "Give the reason" in refused.content.decode()
    assert left() == []
    assert changed(client, phase, limit=6, reason="the mail server was down").status_code == 302
    assert changed(client, phase, reason="nothing at all").status_code == 302
    (row,) = left()
    assert (row.changes, row.reason) == ({"limit": ["5", "6"]}, "the mail server was down")


def test_a_phase_that_cannot_be_saved_leaves_nothing(client, whole_phase, left):
    assert changed(client, whole_phase(), limit="many").status_code == 200
    assert left() == []


def test_a_save_writes_nothing_but_what_stands_in_its_form(client, whole_phase, left, monkeypatch):
    phase = whole_phase(results="by_organiser")
    checked = BaseModelForm._post_clean

    def meanwhile(form):
        checked(form)
        Phase.objects.filter(pk=phase.pk).update(results_shown_at=phase.opens_at)

    monkeypatch.setattr(BaseModelForm, "_post_clean", meanwhile)
    changed(client, phase, limit=7)
    assert Phase.objects.get(pk=phase.pk).results_shown_at == phase.opens_at
    assert [row.changes for row in left()] == [{"limit": ["5", "7"]}]


def test_a_track_is_changed_and_added(client, tracks, left):
    track = tracks["segmentation"]
    assert changed(client, track, title="Ours").status_code == 302
    wish = {"number": 9, "slug": "nine"}
    new = filled(client, reverse("admin:tracks_track_change", args=[track.pk]), **wish)
    assert client.post(reverse("admin:tracks_track_add"), new).status_code == 302
    assert [row.what for row in left()] == ["added a track", "changed a track"]
    assert list(left()[1].changes) == ["title"]


def test_the_texts_of_an_edition_are_changed(client, tracks, left):
    assert changed(client, tracks["segmentation"].edition, headline="Ours").status_code == 302
    assert [(row.what, list(row.changes)) for row in left()] == [("changed an edition", ["headline"])]


def test_uploaded_ground_truth_says_who_and_nothing_of_its_pictures(client, tracks, good_zip, admin, left):
    zipped = SimpleUploadedFile("truth.zip", good_zip)
    wish = {"split": "val", "option_foreground_above": 128, "option_resize": "bilinear", "file": zipped}
    assert client.post(reverse("ground_truth:upload", args=["localization"]), wish).status_code == 302
    (row,) = left()
    draft = GroundTruth.objects.get(track=tracks["localization"])
    assert (row.by, row.what, row.key) == (admin, "added ground truth", str(draft.pk))
    assert draft.created_by == admin
    assert set(row.changes) == {"track", "split", "options", "publish_when_ready"}
    assert draft.source not in str(row.changes) + row.subject


def test_running_again_says_who(client, submitted, alice, admin, left):
    submitted(alice)
    transitions.fail(transitions.claim("a worker"), "last_error")
    assert chosen(client, "run_again", Evaluation.objects.get()).status_code == 302
    assert [row.what for row in left()] == ["ran an evaluation again"]
    assert {row.by for row in left()} == {admin}


@pytest.mark.parametrize("flag", ["is_staff", "is_active", "is_superuser"])
def test_the_flags_of_an_account_are_recorded(client, person, flag, admin, left):
    olga = person("Olga", is_staff=True, is_superuser=True)
    before = olga.password
    assert changed(client, olga, **{flag: None}).status_code == 302
    (row,) = left()
    assert (row.by, row.what, row.changes) == (admin, "changed an account", {flag: ["yes", "no"]})
    olga.refresh_from_db()
    assert (getattr(olga, flag), olga.password) == (False, before)


def test_addresses_are_recorded(client, alice, left):
    address = EmailAddress.objects.get(user=alice)
    assert changed(client, address, verified=None).status_code == 302
    wish = {"user": alice.pk, "email": "second@example.org"}
    assert client.post(reverse("admin:account_emailaddress_add"), wish).status_code == 302
    assert (
        chosen(client, "delete_selected", EmailAddress.objects.get(email="second@example.org")).status_code == 302
    )
    assert [row.what for row in left()] == [
        "deleted an e-mail address",
        "added an e-mail address",
        "changed an e-mail address",
    ]
