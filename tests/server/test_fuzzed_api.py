"""Requests that the API's schema allows, and odd ones, to a running server: each operation asked by every role.

Never is there an error of the server, nor an answer that docs/openapi.yaml does not describe: status, media type,
headers, body. `make fuzz-api` sends some thousands of requests, these tests a few.
"""

import json
import os
import subprocess
import sys
from collections import Counter
from itertools import product

import pytest
import yaml
from django.conf import settings
from django.urls import get_resolver

from server.accounts.models import ApiToken, User
from server.accounts.services import make_token
from tests.processes import site_of
from tests.server.roles import CAST, addresses_in

pytestmark = pytest.mark.django_db(transaction=True)
SCHEMA = settings.BASE_DIR / "docs" / "openapi.yaml"
CHECKS = ["not_a_server_error", "status_code_conformance", "content_type_conformance"]
CHECKS += ["response_headers_conformance", "response_schema_conformance", "allow_header_conformance"]
CHECKS += ["every_role"]
EXAMPLES = os.environ.get("LID_FUZZ_EXAMPLES", "")
SIZE = (
    ["--phases", "coverage,fuzzing", "--max-examples", EXAMPLES]
    if EXAMPLES
    else ["--phases", "fuzzing", "-n", "2"]
)
PEOPLE = CAST | {"in no team": "dora", "reader": "bob"}


@pytest.fixture
def site(folders, tmp_path, shown):
    """A server that counts no requests."""
    return shown(site_of(folders, tmp_path, CACHE_URL="dummycache://")).started()


@pytest.fixture
def rows(arguments):
    """The keys of rows that are there, by their names in addresses."""
    found: dict[str, list[str]] = {}
    for name, pattern in addresses_in(get_resolver()):
        if name.startswith("api:") and name in arguments:
            for key, value in zip(pattern.pattern.converters, arguments[name], strict=True):
                found.setdefault(key, []).append(str(value))
    return found


@pytest.fixture
def secrets(request, rows) -> dict[str, str]:
    """A token of each role, for all that its person may do; only to read for the reader, none for a visitor."""

    def secret_of(role: str, user: User) -> str:
        scope = ApiToken.Scope.ADMIN if user.is_staff else ApiToken.Scope.SUBMIT
        scope = ApiToken.Scope.READ if role == "reader" else scope
        return make_token(user=user, label="fuzz", scope=scope, days=None)[1]

    people = {role: request.getfixturevalue(name) for role, name in PEOPLE.items() if name}
    return {"visitor": ""} | {role: secret_of(role, user) for role, user in people.items()}


@pytest.mark.timeout(7200 if EXAMPLES else 300)
def test_no_answer_is_outside_of_the_schema(site, rows, secrets, tmp_path):
    config = tmp_path / "schemathesis.toml"
    config.write_text(configuration(rows))
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(config), "--no-color", "run"]
    command += [str(SCHEMA), "--url", site.url, "--checks", ",".join(CHECKS), *SIZE]
    told = {"LID_SECRETS": json.dumps(secrets), "SCHEMATHESIS_HOOKS": "tests.server.fuzzing_hooks"}
    told |= {"PYTHONPATH": str(settings.BASE_DIR), "LID_ASKED": str(tmp_path / "asked.tsv")}
    run = subprocess.run(command, cwd=tmp_path, env=os.environ | told, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    asked = Counter(tuple(line.split("\t")) for line in (tmp_path / "asked.tsv").read_text().splitlines())
    assert {(operation, role) for operation, role, _ in asked} == set(product(operations(), PEOPLE))
    sys.stdout.write(table(asked))


def operations() -> list[str]:
    paths = yaml.safe_load(SCHEMA.read_text())["paths"]
    return [f"{method.upper()} {path}" for path, methods in paths.items() for method in methods]


def table(asked: Counter[tuple[str, ...]]) -> str:
    """How often each role got answers of each kind."""
    kinds = Counter()
    for (_, role, status), times in asked.items():
        kinds[role, f"{status[0]}xx"] += times
    rows = [[role, *(kinds[role, f"{kind}xx"] for kind in (2, 3, 4, 5))] for role in PEOPLE]
    return "\n".join("{:14} 2xx {:6} 3xx {:6} 4xx {:6} 5xx {:6}".format(*row) for row in rows)


def configuration(rows: dict[str, list[str]]) -> str:
    """Most addresses name a row that is there."""
    lines = ["continue-on-failure = true", "warnings = false"]
    lines += ["[generation]", "deterministic = true", "no-shrink = true", "database = 'none'"]
    lines += ["with-security-parameters = false"]
    for key, values in rows.items():
        lines += [f"[dictionaries.{key}]", f"values = {json.dumps(values)}"]
    lines += ["[parameters]"]
    lines += [f'"path.{key}" = {{ dictionary = "{key}", probability = 0.8 }}' for key in rows]
    return "\n".join(lines)
