"""Admin pages of the audit log, which is read-only, and of archives that two teams submitted."""

import pytest
from django.urls import reverse

from leaderboard import services as reviews
from server.audit.models import AuditLogEntry
from server.audit.services import record
from tests.ground_truths import distinct

pytestmark = pytest.mark.django_db


def test_organisers_read_the_record_and_change_nothing_in_it(client, organiser, phase):
    row = record(by=organiser, what="paused", subject=phase, changes={"paused": ["no", "<yes>"]}, reason="a flood")
    client.force_login(organiser)
    page = client.get(reverse("admin:audit_auditlogentry_changelist"), {"q": "flood"}).content.decode()
    assert "paused: no → &lt;yes&gt;" in page
    assert "Olga" in page
    url = reverse("admin:audit_auditlogentry_change", args=[row.pk])
    assert "Olga (olga@example.org)" in client.get(url).content.decode()
    assert client.post(url, {"reason": "x"}).status_code == 403
    assert client.get(reverse("admin:audit_auditlogentry_add")).status_code == 403
    assert (
        client.post(reverse("admin:audit_auditlogentry_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
    )
    chosen = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
    client.post(reverse("admin:audit_auditlogentry_changelist"), chosen)
    assert AuditLogEntry.objects.filter(pk=row.pk).exists()


def test_the_list_tells_long_changes_in_short_and_the_page_in_full(client, organiser, phase):
    long = {f"field {number}": ["", "x" * 100] for number in range(5)}
    row = record(by=organiser, what="rewrote", subject=phase, changes=long)
    client.force_login(organiser)
    listed = client.get(reverse("admin:audit_auditlogentry_changelist")).content.decode()
    page = client.get(reverse("admin:audit_auditlogentry_change", args=[row.pk])).content.decode()
    assert "and 2 more" in listed
    assert "x" * 100 not in listed
    assert page.count("x" * 100) == 5


def test_the_record_is_filtered_by_what_and_by_person(client, organiser, admin, phase):
    record(by=organiser, what="paused", subject=phase, reason="a flood")
    record(by=admin, what="went on", subject=phase, reason="a drought")
    client.force_login(organiser)
    url = reverse("admin:audit_auditlogentry_changelist")
    for query in ({"what": "paused"}, {"by__id__exact": organiser.pk}):
        found = client.get(url, query).content.decode()
        assert "a flood" in found
        assert "a drought" not in found


def test_the_pages_of_phase_team_and_submission_lead_to_their_decisions(
    client, organiser, submitted, alice, alices, phase
):
    submission = submitted(alice)
    reviews.review(submission=submission, verdict="hidden", reason="by mistake", by=organiser)
    record(by=organiser, what="paused", subject=phase, reason="a flood")
    record(by=organiser, what="renamed a team", subject=alices, reason="rude")
    client.force_login(organiser)
    for row, reason in ((submission, "by mistake"), (phase, "a flood"), (alices, "rude")):
        meta = row._meta
        page = client.get(reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk]))
        query = f"app={meta.app_label}&amp;model={meta.model_name}&amp;key={row.pk}"
        assert f'?{query}">1 entry</a>' in page.content.decode()
        found = client.get(f"{reverse('admin:audit_auditlogentry_changelist')}?{query.replace('&amp;', '&')}")
        assert [each.reason for each in found.context["cl"].result_list] == [reason]


def test_the_second_step_of_others_is_shown_without_what_makes_its_codes(client, alice, admin):
    step = alice.authenticator_set.create(type="totp", data={"secret": "sealed-away"})
    client.force_login(admin)
    page = client.get(reverse("admin:mfa_authenticator_change", args=[step.pk]))
    assert page.status_code == 200
    assert "sealed-away" not in page.content.decode()


# Look-alikes


def test_the_same_bytes_from_two_teams_are_shown_to_organisers(
    client, organiser, submitted, alice, charlie, good_zip
):
    same = [submitted(user, content=good_zip) for user in (alice, charlie)]
    other = submitted(alice, content=distinct(good_zip))
    client.force_login(organiser)
    url = reverse("admin:submissions_submission_changelist")
    found = client.get(url, {"same_bytes": "another_team"}).context["cl"].result_list
    assert set(found) == set(same)
    assert len(client.get(url).context["cl"].result_list) == 3
    pages = [reverse("admin:submissions_submission_change", args=[row.pk]) for row in [*same, other]]
    texts = [client.get(page).content.decode() for page in pages]
    assert f'<a href="{pages[1]}">charlies' in texts[0]
    assert f'<a href="{pages[0]}">alices' in texts[1]
    assert not any(page in texts[2] for page in pages[:2])


def test_the_same_bytes_twice_from_one_team_are_no_look_alike(
    client, organiser, submitted, alice, good_zip, open_phase
):
    for phase in (open_phase(slug="one"), open_phase(slug="two")):
        submitted(alice, content=good_zip, phase=phase)
    client.force_login(organiser)
    url = reverse("admin:submissions_submission_changelist")
    assert not client.get(url, {"same_bytes": "another_team"}).context["cl"].result_list
