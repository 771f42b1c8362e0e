"""A form of the admin that is opened and saved untouched changes nothing, and the audit log has no entry of it."""

from html.parser import HTMLParser

import pytest
from allauth.account.models import EmailAddress
from django.urls import reverse
from django.utils import timezone

from server.accounts.models import User
from server.audit.models import AuditLogEntry
from server.tracks.models import Edition, Phase, Track
from tests.server.roles import columns_of
from tests.server.test_permissions_admin import ADMIN

pytestmark = [pytest.mark.django_db, pytest.mark.both_setups]


class Form(HTMLParser):
    """The fields of a page's form as a browser sends them: line ends as HTML wants them, and nothing unchecked."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self._select = self._textarea = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list) -> None:
        given = dict(attributes)
        name, kind = given.get("name") or "", given.get("type", "text")
        sent = kind not in {"submit", "button", "file"} and (kind != "checkbox" or "checked" in given)
        if tag == "input" and name and sent:
            self.fields[name] = given.get("value") or ("on" if kind == "checkbox" else "")
        elif tag == "select":
            self._select = name
        elif tag == "option" and "selected" in given:
            self.fields[self._select] = given["value"]
        elif tag == "textarea":
            self._textarea, self.fields[name] = name, ""

    def handle_data(self, data: str) -> None:
        if self._textarea:
            self.fields[self._textarea] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            text = self.fields[self._textarea].removeprefix("\n")  # which HTML puts there and no browser sends
            self.fields[self._textarea], self._textarea = text.replace("\n", "\r\n"), ""


def save(client, thing, **changes: str) -> None:
    address = reverse(f"admin:{thing._meta.app_label}_{thing._meta.model_name}_change", args=[thing.pk])
    form = Form(client.get(address).content.decode()).fields
    answer = client.post(address, form | changes)
    assert answer.status_code == 302, answer.content.decode()


@pytest.fixture
def at_work(client, admin, phase, alice):
    """The admin's browser, and texts of several lines, as the tracks of LID 2020 have them."""
    phase.opens_at = timezone.now()  # with microseconds, which the form does not show
    phase.save()
    Track.objects.update(task="One.\nTwo.\n", class_names="1 a\n2 b\n")
    client.force_login(admin)
    return client


TRIED = (Edition, Track, Phase, User, EmailAddress)


def test_every_form_of_the_admin_that_changes_a_row_is_tried():
    changing = {kind for kind, outcome in columns_of(ADMIN)["change"].items() if outcome.endswith("/done")}
    tried = {f"{model._meta.app_label}_{model._meta.model_name}" for model in TRIED}
    assert changing <= tried


@pytest.mark.parametrize("model", TRIED)
def test_an_untouched_save_changes_nothing_and_leaves_no_entry(model, at_work):
    for thing in model.objects.all():
        before, entries = model.objects.filter(pk=thing.pk).values().get(), AuditLogEntry.objects.count()
        save(at_work, thing)
        assert model.objects.filter(pk=thing.pk).values().get() == before
        assert AuditLogEntry.objects.count() == entries


def test_only_what_was_changed_is_recorded(at_work):
    track = Track.objects.get(slug="segmentation")
    save(at_work, track, task="One.\r\nThree.\r\n")
    assert AuditLogEntry.objects.latest("at").changes == {"task": ["One.\nTwo.\n", "One.\nThree."]}
