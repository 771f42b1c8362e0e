"""Every act of an organiser has its row: preview, reason, audit, mail, undo, or why there is none."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from itertools import chain
from pathlib import Path

import pytest
from django.contrib import admin
from django.test import RequestFactory
from django.urls import URLPattern, get_resolver, reverse

from server.accounts.models import User
from tests.server.organiser_acts import ALL, NONE, Act
from tests.server.roles import addresses_in, columns_of
from tests.server.test_permissions_admin import ADMIN

ROOT = Path(__file__).resolve().parents[2]
MADE_UP = {"IntConverter": 1, "UUIDConverter": "00000000-0000-4000-8000-000000000000"}
DELETE_SELECTED = "delete_selected"  # the same act as the page that deletes one row


def test_every_address_of_organisers_that_takes_a_form_has_a_row(db, as_role):
    browser = as_role("organiser")
    acting = {
        name for name, address in pages_of_organisers() if browser.post(url_of(name, address)).status_code != 405
    }
    assert acting - paths() == set(), "addresses that the table says nothing about"


def test_every_form_and_action_of_the_admin_has_a_row(db):
    assert admin_acts() - paths() == set(), "forms and actions that the table says nothing about"


def test_no_row_is_about_what_is_gone(db, as_role):
    existing = admin_acts() | {name for name, _ in addresses_in(get_resolver())}
    assert {path for path in paths() if path not in existing} == set()


def test_no_row_stands_twice_and_no_cell_is_empty():
    assert sorted(act.path for act in ALL) == sorted(paths())
    assert {act.name: act.empty_cells() for act in ALL if act.empty_cells()} == {}
    assert [act.name for act in ALL if NONE in {act.preview, act.reason, act.mail, act.undo}] == []


@pytest.mark.parametrize("act", [act for act in ALL if not act.audit.startswith(NONE)], ids=lambda act: act.path)
def test_the_audit_log_has_words_for_the_act(act):
    assert any(words.fullmatch(act.audit) for words in all_recorded())


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
    return {act.path for act in ALL}


def pages_of_organisers() -> list[tuple[str, URLPattern]]:
    below = [entry for entry in get_resolver().url_patterns if str(entry.pattern).startswith("organisers/")]
    found = [addresses_in(entry, f"{entry.namespace}:") for entry in below]
    return list(chain.from_iterable(found))


def url_of(name: str, address: URLPattern) -> str:
    """An address with made-up arguments: a view that takes no form says so before it looks for a row."""
    kinds = {key: type(converter).__name__ for key, converter in address.pattern.converters.items()}
    return reverse(name, kwargs={key: MADE_UP.get(kind, "a") for key, kind in kinds.items()})


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


@cache
def all_recorded() -> list[re.Pattern[str]]:
    return [re.compile(words) for words in sorted(set(recorded()))]


def recorded() -> Iterator[str]:
    """What the code records, each as a pattern in which any words stand for what it fills in."""
    for folder in ("server", "leaderboard"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) < 100:
                    yield re.escape(node.value)
                elif isinstance(node, ast.JoinedStr):
                    parts = [part.value if isinstance(part, ast.Constant) else "\0" for part in node.values]
                    pattern = re.escape("".join(parts)).replace("\0", ".+").replace("\\.+", ".+")
                    yield pattern if len(pattern) > len("changed .+") - 1 else re.escape("\0")
