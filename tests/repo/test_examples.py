"""Every example of the API and of `lid` in the documentation is run by a test, and names addresses that exist."""

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted(ROOT.glob("docs/*.md"))]
OF_THE_API = re.compile(r"/api/|\blid submit|\"lid\"|\bcurl |openapi-")
# What an example begins with: the test that runs it.
RUN_BY = {
    ("teams.md", "pip install ./client"): "client/test_lid_live.py",
    ("teams.md", "import json"): "client/test_lid_live.py",
    ("teams.md", "- run: pip install"): "client/test_lid_live.py",
    ("teams.md", "curl --fail-with-body"): "client/test_lid_live.py",
    ("client.md", "lid login"): "client/test_lid_live.py",
    ("teams.md", "openapi-python-client generate"): "generated_clients/test_generated_clients.py",
    ("teams.md", "const answer = await fetch"): "browser/test_other_origins.py",
    ("teams.md", "site=https://lid.example"): "server/test_caddy.py",
}
BLOCK = re.compile(r"^```\w+\n(.+?)^```|^((?: {4}[^\n]*\n)+)", re.MULTILINE | re.DOTALL)


def examples():
    """The page and the text of each example."""
    for page in PAGES:
        for fenced, indented in BLOCK.findall(page.read_text()):
            text = fenced or re.sub(r"^ {4}", "", indented, flags=re.MULTILINE)
            if OF_THE_API.search(text):
                yield page.name, text


def test_every_example_is_run_by_a_test_that_is_there():
    found = list(examples())
    unknown = [
        text for page, text in found if not any(page == of and text.startswith(start) for of, start in RUN_BY)
    ]
    assert unknown == []
    assert len(found) == len(RUN_BY)
    assert all((ROOT / "tests" / test).exists() for test in RUN_BY.values())


def test_every_address_that_is_written_down_exists():
    known = list(yaml.safe_load((ROOT / "docs" / "openapi.yaml").read_text())["paths"])
    patterns = [re.compile(re.sub(r"\{\w+\}", r"[^/]+", path)) for path in known]
    written = {
        (page.name, address)
        for page in PAGES
        for address in re.findall(r"/api/v1/[\w{}<>/-]*", page.read_text())
        if address not in {"/api/v1/", "/api/v1/admin/"}
    }
    assert [one for one in written if not any(pattern.fullmatch(one[1]) for pattern in patterns)] == []
