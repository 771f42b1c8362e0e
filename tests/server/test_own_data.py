"""The pages of one's own data: what is stored, the download, the deletion, and what the privacy page promises."""

import json
import time

import pytest
from allauth.mfa.models import Authenticator
from django.urls import reverse

from server.accounts.models import User
from server.audit.models import AuditLogEntry
from server.erasure.columns import TEXT, walked_models
from server.erasure.stored import LEFT_OUT, relations, stored_about
from server.outbox.models import EmailOptOut, RelayedEmail
from server.teams import services as teams
from server.teams.models import Membership
from server.verification.models import CaseMessage, VerificationCase
from tests.server.roles import all_rows, changes

pytestmark = pytest.mark.django_db
# Tables with texts in which organisers may name somebody, in decisions about others or about whole teams.
WRITTEN_BY_ORGANISERS = {"audit.auditlogentry"}


def shown_keys(user: User) -> set[str]:
    return {str(row.get("id", row.get("ID"))) for section in stored_about(user) for row in section.rows}


def test_every_row_that_refers_to_a_person_is_in_the_download_or_listed_with_a_reason(arguments, alice):
    Authenticator.objects.create(user=alice, type="totp", data={"secret": "x"})
    EmailOptOut.objects.create(user=alice, kind="scored")
    RelayedEmail.objects.create(sender=alice, mailbox="a@example.org")
    CaseMessage.objects.create(case=VerificationCase.objects.all()[0], by=alice, from_team=True, text="Sent.")
    found = {f"{model._meta.label}.{field.name}": (model, field) for model, field in relations()}
    assert LEFT_OUT.keys() <= found.keys(), "reasons for columns that are gone"
    missing = set()
    for name in found.keys() - LEFT_OUT.keys():
        model, field = found[name]
        row = model._base_manager.exclude(**{field.name: None}).first()
        if row is None or str(row.pk) not in shown_keys(getattr(row, field.name)):
            missing.add(name)
    assert missing == set()


def test_every_row_with_the_address_is_in_it(arguments, alice, charlie):
    teams.invite_person(captain=charlie, email=alice.email)
    shown, missing = shown_keys(alice), set()
    for model in walked_models():
        columns = [field.name for field in model._meta.concrete_fields if isinstance(field, TEXT)]
        for row in model._base_manager.values("pk", *columns):
            named = any(alice.email in str(row[name]) for name in columns)
            if named and str(row["pk"]) not in shown:
                missing.add(model._meta.label_lower)
    assert missing <= WRITTEN_BY_ORGANISERS


def test_the_download_has_what_the_page_shows_and_no_secret(as_role, arguments, alice):
    browser, before = as_role("captain"), all_rows()
    page = browser.get(reverse("erasure:data")).content.decode()
    answer = browser.get(reverse("erasure:data_json"))
    assert changes(before, all_rows()) == []
    assert answer.headers["Content-Disposition"] == 'attachment; filename="stored-about-me.json"'
    stored = json.loads(answer.content)
    assert stored["Account"][0]["e-mail address"] == alice.email
    assert {"Submissions", "Memberships", "Team locks", "Api tokens", "Email addresses"} <= stored.keys()
    assert all(title in page for title in stored)
    user = User.objects.get(pk=alice.pk)
    for secret in (user.password, user.tokens.get().digest):
        assert secret not in page + answer.content.decode()


def test_who_deletes_the_account_reads_what_follows_and_is_logged_out(logged_in, alice, bob, organiser):
    browser, url = logged_in(alice), reverse("erasure:delete")
    page = browser.get(url).content.decode()
    assert "Bob becomes its captain" in " ".join(page.split())
    seen = page.partition('name="seen" value="')[2][:32]
    assert "Tick this" in browser.post(url, {"seen": seen}).content.decode()
    outdated = browser.post(url, {"seen": "0" * 32, "sure": "on"}).content.decode()
    assert "What would follow has changed" in outdated
    assert User.objects.filter(email=alice.email).exists()
    answer = browser.post(url, {"seen": seen, "sure": "on"}, follow=True)
    assert "Your account was deleted." in answer.content.decode()
    assert not answer.wsgi_request.user.is_authenticated
    assert Membership.objects.get(user=bob).role == "captain"
    assert AuditLogEntry.objects.get(what="deleted the own account").reason == "The owner deleted the account."
    assert browser.get(url).status_code == 302


def test_the_password_is_asked_for_where_the_log_in_is_long_ago(logged_in, alice):
    browser = logged_in(alice)
    session = browser.session
    session["account_authentication_methods"] = [
        method | {"at": time.time() - 3600} for method in session["account_authentication_methods"]
    ]
    session.save()
    answer = browser.post(reverse("erasure:delete"), {"sure": "on"})
    assert answer.status_code == 302
    assert reverse("account_reauthenticate") in answer.headers["Location"]
    assert User.objects.filter(email=alice.email).exists()


def test_an_organiser_erases_by_an_address(client, organiser, alice, bob):
    client.force_login(organiser)
    url = f"{reverse('decisions:erase_account')}?account={bob.email}"
    assert f'value="{bob.email}"' in client.get(url).content.decode()
    unknown = client.post(url, {"account": "no@example.org", "reason": "Asked."}).content.decode()
    assert "No account has the address no@example.org" in unknown
    form = {"account": bob.email, "reason": "Bob asked.", "tell": "on"}
    page = client.post(url, form).content.decode()
    assert "to the 1 other member of the team" in page
    seen = page.partition('name="seen" value="')[2][:32]
    done = client.post(url, form | {"seen": seen, "confirm": "1"}, follow=True).content.decode()
    assert "Done: erase an account." in done
    assert AuditLogEntry.objects.get(what="erased an account").reason == "former member 1 asked."
    assert "No account has the address" in client.post(url, form | {"seen": seen, "confirm": "1"}).content.decode()


def test_the_privacy_page_names_every_cookie_that_is_set(logged_in, alice, client):
    page = client.get(reverse("site:privacy")).content.decode()
    browser = logged_in(alice)
    browser.get(reverse("accounts:profile"))
    assert {f"<code>{name}</code>" for name in browser.cookies} <= {
        f"<code>{part.partition('</code>')[0]}</code>" for part in page.split("<code>")[1:]
    }
    assert reverse("site:privacy") in client.get(reverse("site:home")).content.decode()
