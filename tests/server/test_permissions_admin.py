"""What organisers and admins may look at and change in the admin: one row for each kind of thing."""

from functools import partial
from uuid import uuid4

import pytest
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.http import HttpResponse
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils import timezone

from leaderboard.services import review
from server.audit.models import AuditLogEntry
from server.outbox.models import OutboxEmail
from server.rescores.models import Rescore
from server.submissions import slot_grants
from server.submissions.models import Evaluation, Slot, Submission, WorkerHost
from server.teams.models import TeamLock
from server.tracks.models import GroundTruth, ScoringRule
from server.verification.models import VerificationCase
from tests.server.roles import (
    LOG_IN,
    PASSWORD,
    ROLES,
    Rows,
    addresses_in,
    all_rows,
    changes,
    columns_of,
    outcome_of,
)
from tests.server.test_form_tampering import hostile_fields

pytestmark = pytest.mark.django_db

# Looking at the page / sending its form filled in; "list" sends the action that deletes what is ticked.
# "done": it changed something, and log and record say who did. "ok" after the stroke: a page, nothing changed;
# so for a phase that was submitted to.
ORGANISER = """
                         list             add              change           delete           history
accounts_user            refused/refused  refused/refused  refused/refused  refused/refused  refused/refused
outbox_outboxemail       ok/ok            refused/refused  ok/refused   refused/refused  ok/ok
teams_team               ok/ok            refused/refused  ok/refused      refused/refused  ok/ok
teams_membership         ok/ok            refused/refused  ok/refused      refused/refused  ok/ok
teams_teamlock           ok/ok            refused/refused  ok/refused      refused/refused  ok/ok
tracks_edition           ok/ok            refused/refused  ok/done          refused/refused  ok/ok
tracks_track             ok/ok            ok/done          ok/done          refused/refused  ok/ok
tracks_phase             ok/ok            ok/done          ok/done          ok/ok            ok/ok
tracks_groundtruth       ok/ok            refused/refused  ok/refused   refused/refused  ok/ok
tracks_scoringrule       ok/ok            refused/refused  ok/refused   refused/refused  ok/ok
submissions_submission   ok/moved         refused/refused  ok/refused   refused/refused  ok/ok
submissions_slot         ok/ok            refused/refused  ok/refused   refused/refused  ok/ok
submissions_evaluation   ok/moved         refused/refused  ok/refused   refused/refused  ok/ok
submissions_slotgrant    ok/ok            refused/refused  ok/refused   refused/refused  ok/ok
submissions_workerhost   ok/moved         refused/refused  ok/refused   refused/refused  ok/ok
leaderboard_board        ok/ok            refused/refused  ok/ok            refused/refused  ok/ok
leaderboard_review       ok/ok            refused/refused  ok/refused   refused/refused  ok/ok
rescores_rescore         ok/ok            refused/refused  ok/refused   refused/refused  ok/ok
verification_verificationcase ok/ok       refused/refused  ok/refused   refused/refused  ok/ok
audit_auditlogentry      ok/ok            refused/refused  ok/refused   refused/refused  ok/ok
account_emailaddress     refused/refused  refused/refused  refused/refused  refused/refused  refused/refused
mfa_authenticator        refused/refused  refused/refused  refused/refused  refused/refused  refused/refused
"""
ADMIN = """
                         list             add              change           delete           history
accounts_user            ok/ok            refused/refused  ok/done          refused/refused  ok/ok
outbox_outboxemail       ok/ok            refused/refused  ok/refused   refused/refused  ok/ok
teams_team               ok/ok            refused/refused  ok/refused      refused/refused  ok/ok
teams_membership         ok/ok            refused/refused  ok/refused      refused/refused  ok/ok
teams_teamlock           ok/ok            refused/refused  ok/refused      refused/refused  ok/ok
tracks_edition           ok/ok            refused/refused  ok/done          refused/refused  ok/ok
tracks_track             ok/ok            ok/done          ok/done          refused/refused  ok/ok
tracks_phase             ok/ok            ok/done          ok/done          ok/ok            ok/ok
tracks_groundtruth       ok/ok            refused/refused  ok/refused   refused/refused  ok/ok
tracks_scoringrule       ok/ok            refused/refused  ok/refused   refused/refused  ok/ok
submissions_submission   ok/moved         refused/refused  ok/refused   refused/refused  ok/ok
submissions_slot         ok/ok            refused/refused  ok/refused   refused/refused  ok/ok
submissions_evaluation   ok/moved         refused/refused  ok/refused   refused/refused  ok/ok
submissions_slotgrant    ok/ok            refused/refused  ok/refused   refused/refused  ok/ok
submissions_workerhost   ok/moved         refused/refused  ok/refused   refused/refused  ok/ok
leaderboard_board        ok/ok            refused/refused  ok/ok            refused/refused  ok/ok
leaderboard_review       ok/ok            refused/refused  ok/refused   refused/refused  ok/ok
rescores_rescore         ok/ok            refused/refused  ok/refused   refused/refused  ok/ok
verification_verificationcase ok/ok       refused/refused  ok/refused   refused/refused  ok/ok
audit_auditlogentry      ok/ok            refused/refused  ok/refused   refused/refused  ok/ok
account_emailaddress     ok/done          ok/done          ok/done          ok/done          ok/ok
mfa_authenticator        ok/ok            refused/refused  ok/refused   refused/refused  ok/ok
"""
PAGES = ("list", "add", "change", "delete", "history")
MODELS = {f"{model._meta.app_label}_{model._meta.model_name}" for model in admin.site._registry}
TO_CHOOSE = ("tracks_track", "accounts_user")
TABLES = {"organiser": ORGANISER, "admin": ADMIN}


@pytest.fixture
def rows(arguments, phase, alice, bob, alices, organiser) -> dict[str, object]:
    """One of each thing there is, by the name of its kind."""
    scored = Submission.objects.get(pk=arguments["site:submission"][0])
    said = review(submission=scored, verdict="baseline", reason="It is ours.", by=organiser)
    return {
        "accounts_user": alice,
        "outbox_outboxemail": OutboxEmail.objects.first(),
        "teams_team": alices,
        "teams_membership": bob.membership,
        "teams_teamlock": TeamLock.objects.first(),
        "tracks_edition": phase.track.edition,
        "tracks_track": phase.track,
        "tracks_phase": phase,
        "tracks_groundtruth": GroundTruth.objects.get(state="ready"),
        "tracks_scoringrule": ScoringRule.objects.get(),
        "submissions_submission": scored,
        "submissions_slot": Slot.objects.first(),
        "submissions_evaluation": Evaluation.objects.first(),
        "submissions_slotgrant": slot_grants.grant(
            team=alices, phase=phase, extra=1, reason="Ours failed.", by=organiser
        ),
        "submissions_workerhost": WorkerHost.objects.create(name="lid-worker", paused_at=timezone.now()),
        "leaderboard_board": phase,
        "leaderboard_review": said,
        "rescores_rescore": Rescore.objects.get(),
        "verification_verificationcase": VerificationCase.objects.first(),
        "audit_auditlogentry": AuditLogEntry.objects.first(),
        "account_emailaddress": alice.emailaddress_set.get(),
        "mfa_authenticator": Authenticator.objects.create(user=alice, type="totp", data={}),
    }


@pytest.fixture
def admin_form(rows, an_archive):
    """The form of a kind of thing, filled in: `admin_form("submissions_slotgrant")`."""

    def fill(kind: str) -> dict[str, object]:
        words = dict.fromkeys(("title", "short_title", "task", "data", "labels"), "New")
        opening = {"opens_at_0": "2020-01-01", "opens_at_1": "00:00"}
        chosen = {"results": "at_once", "details": "never", "stands_on": "best", "per": "phase", "split": "val"}
        limits = {"limit": 9, "daily_submission_limit": 9}
        track, user = (rows[of].pk for of in TO_CHOOSE)
        forms = {
            "accounts_user": {"name": "Renamed", "is_active": "on"},
            "tracks_edition": {"title": "2020", "headline": "Renamed"},
            "tracks_track": {
                "number": 9,
                "slug": "new",
                "scorer": "segmentation",
                "reason": "Ours.",
                **words,
            },
            "tracks_phase": {
                "track": track,
                "slug": "new",
                "title": "New",
                "reason": "Ours.",
                **opening,
                **chosen,
                **limits,
            },
            "account_emailaddress": {"user": user, "email": "new@example.org", "verified": "on"},
        }
        return forms.get(kind, {"state": "scored", "reason": "Ours.", "extra": 9, "number": 9})

    return fill


@pytest.fixture
def tries(rows, admin_form):
    """What is sent where, to have something done by a page of a kind of thing: `tries("teams_team", "list")`."""

    def of(kind: str, page: str) -> tuple[str, dict[str, object]]:
        key = rows[kind].pk
        form = {
            "list": {"action": "delete_selected", "_selected_action": [key], "post": "yes"},
            "delete": {"post": "yes"},
            "history": {},
        }.get(page) or admin_form(kind)
        name = "changelist" if page == "list" else page
        return reverse(f"admin:{kind}_{name}", args=[] if page in {"list", "add"} else [key]), form

    return of


def post(browser: Client, url: str, form: dict[str, object]) -> HttpResponse:
    """Send a form, and confirm what follows where the page shows it first."""
    answer = browser.post(url, form)
    shown = (answer.context or {}).get("adminform")
    seen = shown.form["seen"].value() if shown and "seen" in shown.form.fields else ""
    return browser.post(url, form | {"seen": seen}) if seen else answer


@pytest.mark.parametrize("role", TABLES)
def test_the_admin_is_as_the_table_says(as_role, tries, recorded, role):
    browser, before, odd = as_role(role), all_rows(), {}
    for page in PAGES:
        for kind, expected in columns_of(TABLES[role])[page].items():
            (url, form), (look, do) = tries(kind, page), expected.split("/")
            seen, send = outcome_of(browser.get(url)), partial(post, browser, url, form)
            outcome = seen, recorded(send, before) if do == "done" else outcome_of(send())
            if outcome != (look, do):
                odd[kind, page] = outcome
    assert odd == {}
    assert changes(before, all_rows()) == []


@pytest.fixture
def recorded(undone):
    """Have something done, and undone again: "done", or what was changed without a word in log and record."""

    def do(call, before: Rows) -> str | list[str]:
        with undone():
            call()
            done = changes(before, all_rows())
        return "done" if {"admin.logentry", "audit.auditlogentry"} <= {row.split()[0] for row in done} else done

    return do


@pytest.mark.parametrize("role", TABLES)
def test_everything_that_is_registered_stands_in_the_table(role):
    assert columns_of(TABLES[role])["list"].keys() == MODELS


@pytest.mark.parametrize("page", ["add", "change"])
def test_no_form_of_the_admin_takes_a_field_that_it_does_not_show(as_role, tries, effect_of, charlie, page):
    browser, hostile, taken, odd = as_role("admin"), hostile_fields(charlie), set(), {}
    for kind in MODELS:
        url, form = tries(kind, page)
        shown = browser.get(url).context
        if "adminform" in shown:
            own = {*form, *shown["adminform"].form.fields}
            more = {name: value for name, value in hostile.items() if name not in own}
            plain = effect_of(lambda: post(browser, url, tries(kind, page)[1]))  # noqa: B023  (called at once)
            if effect_of(lambda: post(browser, url, more | tries(kind, page)[1])) != plain:  # noqa: B023
                odd[kind] = plain
            taken |= {kind} if plain[1] else set()
    assert odd == {}
    assert {"tracks_track" if page == "add" else "tracks_edition", "tracks_phase"} < taken


# Doors beside the pages of things


def urls_of_the_admin() -> list[str]:
    numbers = dict.fromkeys(("object_id", "content_type_id", "board", "review"), 1)
    values = {**numbers, "app_label": "teams", "submission": uuid4()}
    return [
        reverse(name, kwargs={key: values[key] for key in address.pattern.regex.groupindex})
        for name, address in addresses_in(get_resolver())
        if name.startswith("admin:") and address.name
    ]


def test_the_admin_is_closed_to_everyone_else(as_role, arguments):
    elsewhere = {LOG_IN, reverse("admin:login"), reverse("admin:index")}
    closed, before, odd = {(403, ""), *((302, page) for page in elsewhere)}, all_rows(), {}
    for role in set(ROLES) - set(TABLES):
        browser = as_role(role)
        for url in urls_of_the_admin():
            for method in ("get", "post"):
                answer = getattr(browser, method)(url)
                told = answer.status_code, answer.headers.get("Location", "").partition("?")[0]
                if told not in closed:
                    odd[role, method, url] = told
    assert odd == {}
    assert changes(before, all_rows()) == []


def test_the_admin_has_no_log_in_of_its_own(as_role, admin, same_passwords):
    browser = as_role("organiser")
    answer = browser.post(reverse("admin:login"), {"username": admin.email, "password": PASSWORD})
    assert outcome_of(answer) == "no_way"
    assert browser.session["_auth_user_id"] != str(admin.pk)


def test_a_new_password_is_chosen_on_the_account_page(as_role):
    for method in ("get", "post"):
        answer = getattr(as_role("organiser"), method)(reverse("admin:password_change"))
        assert (answer.status_code, answer.headers["Location"]) == (302, reverse("account_change_password"))


@pytest.mark.parametrize(
    ("kind", "query"),
    [
        ("submissions_submission", "submitted_by__password__startswith=pbkdf2"),
        ("teams_team", "memberships__user__password__startswith=pbkdf2"),
        ("teams_teamlock", "user__tokens__digest__startswith=0"),
        ("outbox_outboxemail", "user__password__startswith=pbkdf2"),
        ("outbox_outboxemail", "text__startswith=Alice"),
        ("outbox_outboxemail", "key__startswith=invitation 0"),
    ],
)
def test_no_list_can_be_asked_for_what_organisers_do_not_see(as_role, kind, query):
    assert as_role("organiser").get(f"{reverse(f'admin:{kind}_changelist')}?{query}").status_code == 400
