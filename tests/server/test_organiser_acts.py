"""Every act of an organiser has its row, and is as the row says: preview, reason, audit, mail, undo."""

from collections.abc import Iterator
from itertools import chain

import pytest
from django.contrib import admin
from django.core.management import get_commands, load_command_class
from django.db import connection
from django.test import RequestFactory
from django.urls import URLPattern, get_resolver, reverse

from server.accounts.models import User
from server.announcements.models import Announcement
from server.api.permissions import ForOrganisers
from server.submissions.models import Evaluation
from server.verification.models import VerificationCase
from tests.server.act_walk import RowsNow, faults_of
from tests.server.arranged_acts import ARRANGED, COMMAND, World
from tests.server.organiser_acts import ALL, NONE, SHOWN, Act
from tests.server.roles import addresses_in, columns_of
from tests.server.test_permissions_admin import ADMIN, admin_form, rows, tries  # noqa: F401  (fixtures)
from tests.server.ways_back import WAYS_BACK
from tests.server.ways_to_act import ByCommand, ByPage, ByProgram, Way

MADE_UP = {"IntConverter": 1, "UUIDConverter": "00000000-0000-4000-8000-000000000000"}
DELETE_SELECTED = "delete_selected"  # the same act as the page that deletes one row
ONLY_ADMINS = ("admin:accounts_user", "admin:account_emailaddress")
# Commands that decide nothing: they look, serve, or do by a timer what a worker or the watch does.
NO_ACTS = {
    "backup",
    "check_settings",
    "send_emails",
    "serve_metrics",
    "sweep",
    "watch",
    "rescore list",
    "rescore show",
}
# Commands that make a server, before there are organisers.
BEFORE_ALL = {"demo", "restore", "seed_lid2020"}


@pytest.fixture
def world(request, as_role, arguments, phase, alice, organiser, truth, truths):
    things = {name: request.getfixturevalue(name) for name in ("fill_in", "tries", "rows")}
    return World(
        arguments=arguments,
        phase=phase,
        truth=truth,
        truths=truths,
        alice=alice,
        organiser=organiser,
        browsers={role: as_role(role) for role in ("captain", "organiser", "admin")},
        failed=Evaluation.objects.get(pk=arguments["desk:run_again"][0]),
        draft=Announcement.objects.get(pk=arguments["announcements:edit"][0]),
        case=VerificationCase.objects.get(pk=arguments["verification:mark"][0]),
        **things,
    )


@pytest.fixture
def way_to(world, program_of):
    """How something is done at an address, once what it needs is arranged."""
    program = program_of("acting")

    def way(address: str) -> Way:
        sent = world.sent(address)
        if address.startswith(COMMAND):
            return ByCommand(sent)
        browser = world.browsers["admin" if address.startswith(ONLY_ADMINS) else "organiser"]
        return ByProgram(program, sent) if address.startswith("api:") else ByPage(browser, sent)

    return way


@pytest.mark.parametrize("kind", ["page", "api", "command", "admin"])
def test_every_act_is_as_its_row_says(world, way_to, undone, kind):
    odd, now = [], RowsNow()
    with connection.execute_wrapper(now):
        for act, address in addresses_of(kind):
            now.undone()
            with undone():
                odd += [f"{address}: {fault}" for fault in faults_of(act, way_to(address), world, now)]
    assert not odd, "\n".join(odd)


def addresses_of(kind: str) -> list[tuple[Act, str]]:
    return [(act, address) for act in ALL for address in act.addresses if kind_of(address) == kind]


def kind_of(address: str) -> str:
    if address.startswith(COMMAND):
        return "command"
    return address.partition(":")[0] if address.startswith(("api:", "admin:")) else "page"


def test_every_address_of_organisers_that_takes_a_form_has_a_row(db, as_role):
    browser = as_role("organiser")
    acting = {
        name for name, address in pages_of_organisers() if browser.post(url_of(name, address)).status_code != 405
    }
    assert acting - paths() == set(), "addresses that the table says nothing about"


def test_every_act_of_the_api_has_a_row():
    assert acts_of_the_api() - paths() == set(), "acts of the API that the table says nothing about"


def test_every_command_has_a_row_or_is_no_act():
    named = {path.removeprefix(COMMAND) for path in paths() if path.startswith(COMMAND)}
    known = {name.partition(" --")[0] for name in named} | NO_ACTS | BEFORE_ALL
    assert set(commands()) == known


def test_every_form_and_action_of_the_admin_has_a_row(db):
    assert admin_acts() - paths() == set(), "forms and actions that the table says nothing about"


def test_no_row_is_about_what_is_gone(db):
    existing = admin_acts() | {name for name, _ in addresses_in(get_resolver())}
    assert {path for path in paths() if path not in existing and not path.startswith(COMMAND)} == set()
    assert ARRANGED.keys() - paths() == set()


def test_no_row_stands_twice_and_no_cell_is_empty():
    assert sorted(chain.from_iterable(act.addresses for act in ALL)) == sorted(paths())
    assert {act.name: act.empty_cells() for act in ALL if act.empty_cells()} == {}
    assert [act.name for act in ALL if {NONE, SHOWN} & {act.preview, act.reason, act.mail, act.undo}] == []


def test_what_is_shown_before_names_where():
    assert [act.name for act in ALL if act.preview.startswith(SHOWN) != any(act.shown_on)] == []


def test_every_way_back_that_a_row_names_is_walked():
    assert {act.path for act in ALL if not act.undo.startswith(NONE)} == WAYS_BACK.keys()


def test_a_row_without_a_reason_for_its_gap_is_found():
    act = Act("a", "b", preview=" ", reason="c", audit="d", mail="", undo="e")
    assert act.empty_cells() == ["preview", "mail"]


def test_the_walk_finds_what_the_table_of_permissions_lets_an_admin_do():
    assert forms_taken("add") | forms_taken("change") | forms_taken("delete") <= admin_acts()


def forms_taken(page: str) -> set[str]:
    """The pages of the admin that change something by the table of permissions."""
    outcomes = columns_of(ADMIN)[page]
    return {f"admin:{kind}_{page}" for kind, outcome in outcomes.items() if outcome.endswith("/done")}


def paths() -> set[str]:
    return set(chain.from_iterable(act.addresses for act in ALL))


def pages_of_organisers() -> list[tuple[str, URLPattern]]:
    below = [entry for entry in get_resolver().url_patterns if str(entry.pattern).startswith("organisers/")]
    found = [addresses_in(entry, f"{entry.namespace}:") for entry in below]
    return list(chain.from_iterable(found))


def url_of(name: str, address: URLPattern) -> str:
    """An address with made-up arguments: a view that takes no form says so before it looks for a row."""
    kinds = {key: type(converter).__name__ for key, converter in address.pattern.converters.items()}
    return reverse(name, kwargs={key: MADE_UP.get(kind, "a") for key, kind in kinds.items()})


def acts_of_the_api() -> set[str]:
    """The addresses of the API that take a form of organisers alone."""
    views = {name: getattr(address.callback, "cls", None) for name, address in addresses_in(get_resolver())}
    ours = {name: view for name, view in views.items() if name.startswith("api:")}
    return {
        name for name, view in ours.items() if ForOrganisers in view.permission_classes and hasattr(view, "post")
    }


def commands() -> Iterator[str]:
    """Our commands, and the parts of those that have some."""
    ours = {name: app for name, app in get_commands().items() if str(app).startswith(("server.", "leaderboard"))}
    for name, app in ours.items():
        parser = load_command_class(app, name).create_parser("manage.py", name)
        parts = [each.choices for each in parser._actions if isinstance(each.choices, dict)]
        yield from (f"{name} {part}" for part in parts[0]) if parts else [name]


def admin_acts() -> set[str]:
    """The forms that the admin takes, its actions, and the pages that we added to it."""
    request = RequestFactory().get("/")
    request.user = User(is_active=True, is_staff=True, is_superuser=True)
    acts = forms_taken("change")
    for model, model_admin in admin.site._registry.items():
        kind = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        allowed = model_admin.get_model_perms(request)
        acts |= {f"{kind}_{page}" for page in ("add", "delete") if allowed[page]}
        actions = set(model_admin.get_actions(request)) - {DELETE_SELECTED}
        acts |= {f"{kind}_changelist {action}" for action in actions}
    return acts
