"""Requests that the API's schema allows, and odd ones, to a running server in four roles.

Never is there an error of the server, nor an answer that docs/openapi.yaml does not describe: status, media type,
headers, body. `make fuzz-api` sends some thousands of requests, these tests a few.
"""

import json
import os
import re
import subprocess
import sys

import pytest
from django.conf import settings
from django.urls import get_resolver

from server.accounts.models import ApiToken
from server.accounts.services import make_token
from tests.processes import site_of
from tests.server.roles import addresses_in

pytestmark = pytest.mark.django_db(transaction=True)
SCHEMA = settings.BASE_DIR / "docs" / "openapi.yaml"
CHECKS = ["not_a_server_error", "status_code_conformance", "content_type_conformance"]
CHECKS += ["response_headers_conformance", "response_schema_conformance", "allow_header_conformance"]
EXAMPLES = os.environ.get("LID_FUZZ_EXAMPLES", "")
SIZE = (
    ["--phases", "coverage,fuzzing", "--max-examples", EXAMPLES]
    if EXAMPLES
    else ["--phases", "fuzzing", "-n", "2"]
)
ROLES = {"bob": ApiToken.Scope.SUBMIT, "dora": ApiToken.Scope.SUBMIT, "organiser": ApiToken.Scope.ADMIN}


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
def secrets(request, rows):
    """Those of a member of a team, somebody in none and an organiser; nothing for a visitor."""
    people = {request.getfixturevalue(name): scope for name, scope in ROLES.items()}
    tokens = [make_token(user=user, label="fuzz", scope=scope, days=None) for user, scope in people.items()]
    return ["", *(secret for _, secret in tokens)]


@pytest.mark.timeout(7200 if EXAMPLES else 300)
def test_no_answer_is_outside_of_the_schema(site, rows, secrets, tmp_path):
    config = tmp_path / "schemathesis.toml"
    config.write_text(configuration(rows))
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(config), "--no-color", "run"]
    command += [str(SCHEMA), "--url", site.url, "--checks", ",".join(CHECKS), *SIZE]
    told = {"LID_SECRETS": json.dumps(secrets), "SCHEMATHESIS_HOOKS": "tests.server.fuzzing_hooks"}
    told |= {"PYTHONPATH": str(settings.BASE_DIR)}
    run = subprocess.run(command, cwd=tmp_path, env=os.environ | told, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    assert int(re.search(r"(\d+) generated", run.stdout)[1]) > 100


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
