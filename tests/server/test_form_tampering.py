"""Fields that a form does not have change nothing, whatever they are called and whatever stands in them."""

import pytest
from django.db import models
from django.forms import modelform_factory
from django.urls import reverse

from leaderboard.models import Review
from server.accounts import views as accounts
from server.accounts.models import ApiToken, User
from server.submissions.models import Entry, Evaluation, Slot, SlotGrant, Submission
from server.teams.models import Invitation, Membership, PastMembership, Team, TeamLock
from tests.server.roles import HOSTILE, all_rows, changes, columns_of
from tests.server.test_permissions import WRITING

pytestmark = pytest.mark.django_db

OURS = (
    *(Submission, Evaluation, Slot, SlotGrant, Entry, Team, Membership, PastMembership, Invitation, TeamLock),
    *(User, ApiToken, Review),
)


def hostile_fields(charlie: User) -> dict[str, object]:
    """A hostile value for every field of every model of ours, by its name, its column, and as a formset has it."""
    charlies = charlie.membership.team
    keys = {User: charlie.pk, Team: charlies.pk, Submission: charlies.submissions.get().pk}
    found = {}
    for model in OURS:
        for field in model._meta.concrete_fields:
            value = hostile_value(field, keys)
            for name in (field.name, field.attname, f"{model._meta.model_name}s-0-{field.name}"):
                found[name] = value
        found[f"{model._meta.model_name}s-TOTAL_FORMS"] = "1"
        found[f"{model._meta.model_name}s-INITIAL_FORMS"] = "0"
    return found


HOSTILE_BY_TYPE = {
    models.BooleanField: "on",
    models.DateTimeField: "2001-02-03 04:05:06",
    models.DateField: "2001-02-03",
    models.IntegerField: "77",
    models.JSONField: '{"mean_iou": 0.77}',
}


def hostile_value(field: models.Field, keys: dict[type, object]) -> object:
    if field.is_relation:
        return keys.get(field.related_model, "1")
    if field.choices:
        return "scored" if field.name == "state" else field.choices[0][0]
    return next((value for kind, value in HOSTILE_BY_TYPE.items() if isinstance(field, kind)), HOSTILE)


def test_a_page_takes_what_its_form_has_and_no_more(as_role, arguments, fill_in, effect_of, charlie):
    hostile, odd = hostile_fields(charlie), {}
    for name in columns_of(WRITING)["captain"]:
        role, url = "visitor" if name == "account_signup" else "captain", reverse(name, args=arguments.get(name))
        plain = effect_of(lambda: as_role(role).post(url, fill_in(name)))  # noqa: B023  (called at once)
        attacked = effect_of(lambda: as_role(role).post(url, hostile | fill_in(name)))  # noqa: B023
        if plain != attacked:
            odd[name] = plain, attacked
    assert odd == {}


def test_the_api_refuses_each_field_that_it_does_not_know(program_of, arguments, fill_in, charlie):
    program, hostile, before = program_of("captain"), hostile_fields(charlie), all_rows()
    form = fill_in("api:submissions")
    answer = program.post(reverse("api:submissions"), hostile | form)
    assert (answer.status_code, answer.json()["errors"].keys()) == (400, hostile.keys() - form.keys())
    url = reverse("api:cancel", args=arguments["api:cancel"])
    answer = program.post(url, hostile, content_type="application/json")
    assert (answer.status_code, answer.json()["errors"].keys()) == (400, hostile.keys())
    assert changes(before, all_rows()) == []


def test_a_hostile_field_that_a_form_did_take_would_be_seen(as_role, arguments, fill_in, effect_of, monkeypatch):
    """Else the tests above would pass whatever happens."""
    url, form = reverse("accounts:profile"), fill_in("accounts:profile")
    monkeypatch.setattr(accounts, "ProfileForm", modelform_factory(User, fields=["name", "is_staff"]))
    plain = effect_of(lambda: as_role("captain").post(url, form))
    assert effect_of(lambda: as_role("captain").post(url, form | {"is_staff": "on"})) != plain
