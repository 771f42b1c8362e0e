"""Whatever is sent to the API: no error of the server, and every error is a problem with a documented code."""

import logging
import re
from itertools import zip_longest

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from django.urls import get_resolver, reverse
from rest_framework.throttling import SimpleRateThrottle

from tests.server.odd_requests import ACCEPTS, BODIES, QUERIES
from tests.server.roles import names_in
from tests.server.test_permissions import PAGES

pytestmark = pytest.mark.django_db
ADDRESSES = [name for name in names_in(get_resolver()) if name.startswith("api:")]
ELSEWHERE = ["/api/", "/api/v1/", "/api/v1/nothing", "/api/v1/nothing/", "/api/v1/submissions/7/", "/api/schema/"]
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"]
OF_THE_API = ("page", "phase", "track", "state", "curves")  # parameters that no page has
SECTIONS = set(re.findall(r"^## `(\w+)`$", (settings.BASE_DIR / "docs/refusals.md").read_text(), re.MULTILINE))
# What any response of the site may have, and browsers and caches read.
USUAL_HEADERS = {
    *("Allow", "Cache-Control", "Content-Encoding", "Content-Length", "Content-Type", "Expires", "Vary"),
    *("Content-Security-Policy", "Cross-Origin-Opener-Policy", "Referrer-Policy", "X-Content-Type-Options"),
    *("X-Frame-Options", "Access-Control-Expose-Headers"),
}


@pytest.fixture(autouse=True)
def no_rate_limit(monkeypatch):
    monkeypatch.setattr(SimpleRateThrottle, "THROTTLE_RATES", dict.fromkeys(("visitor", "person", "submit"), None))
    cache.clear()
    logging.disable(logging.ERROR)  # each refusal is logged, some with a long traceback
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def schema():
    whole = Client().get("/api/schema/").json()
    shared = whole["components"]["responses"]
    for operation in (each for path in whole["paths"].values() for each in path.values()):
        for status, answer in operation["responses"].items():
            operation["responses"][status] = (
                shared[answer["$ref"].rpartition("/")[2]] if "$ref" in answer else answer
            )
    return whole["paths"]


@pytest.fixture
def urls(arguments):
    return [reverse(name, args=arguments.get(name)) for name in ADDRESSES] + ELSEWHERE


@pytest.fixture
def wrong_with(schema):
    """What is wrong with an answer, in words; nothing where all is well."""

    def look(answer, method: str, url: str) -> str:
        b"".join(answer)  # a download holds its file open until it is read
        listed = responses_in(schema, "GET" if method == "HEAD" else method, url)
        if listed is not None and answer.status_code != 405:  # of a HEAD, where there is no GET
            if str(answer.status_code) not in listed:
                return f"{answer.status_code} is not in the schema"
            declared = listed[str(answer.status_code)].get("headers", {})
            if further := answer.headers.keys() - USUAL_HEADERS - declared.keys():
                return f"headers that are not in the schema: {further}"
        if answer.status_code < 400:
            return ""
        if answer.status_code >= 500 or answer["Content-Type"] != "application/problem+json":
            return f"{answer.status_code} {answer['Content-Type']}"
        said = answer.json() if method != "HEAD" else {"code": "not_found", "detail": "…", "title": "…"}
        return "" if said["code"] in SECTIONS and said["detail"] and said["title"] else str(said)

    return look


def responses_in(schema: dict, method: str, url: str) -> dict[str, dict] | None:
    """The responses that the schema lists by status; None for what it does not describe."""
    for path, operations in schema.items():
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", path), url) and method.lower() in operations:
            return operations[method.lower()]["responses"]
    return None


def send(program: Client, method: str, url: str, query: str = "", body: tuple[str, bytes] = ("", b""), **headers):
    kind, content = body
    program.raise_request_exception = False
    return program.generic(method, url, content, kind, QUERY_STRING=query, **headers)


def test_odd_bodies(program_of, urls, wrong_with, arguments):
    program, odd = program_of("captain"), {}
    read = {reverse("api:submissions"), reverse("api:cancel", args=arguments["api:cancel"])}
    for url in urls:
        for body in BODIES if url in read else BODIES[::7]:
            for method in ("POST", "PUT"):
                answer = send(program, method, url, body=body)
                odd[method, url, body[0], body[1][:40]] = wrong_with(answer, method, url)
    assert {sent: wrong for sent, wrong in odd.items() if wrong} == {}


@pytest.mark.parametrize("caller", ["visitor", "captain"])
def test_odd_accept_headers(program_of, urls, wrong_with, caller):
    program, odd = program_of(caller), {}
    for url in urls:
        for method in METHODS:
            for accept in ACCEPTS if method == "GET" and caller == "captain" else ACCEPTS[:1]:
                answer = send(program, method, url, HTTP_ACCEPT=accept)
                odd[method, url, accept[:40]] = wrong_with(answer, method, url)
    assert {sent: wrong for sent, wrong in odd.items() if wrong} == {}


def test_odd_queries(program_of, urls, wrong_with):
    program, odd = program_of("captain"), {}
    for url in urls:
        taking = url.rpartition("/v1/")[2] in {"tracks/", "phases/", "submissions/"} or "leaderboard" in url
        for method, queries in {"GET": QUERIES if taking else QUERIES[::6], "POST": QUERIES[::9]}.items():
            for query in queries:
                answer = send(program, method, url, query)
                odd[method, url, query[:40]] = wrong_with(answer, method, url)
    assert {sent: wrong for sent, wrong in odd.items() if wrong} == {}


def test_odd_queries_of_pages(as_role, arguments):
    """A page ignores what it does not know, and refuses a time that is none."""
    browser, odd = as_role("captain"), {}
    browser.raise_request_exception = False
    times = [query for query in QUERIES if query.startswith("at=")]
    others = [query for query in QUERIES[:-1] if not query.startswith(("at=", *OF_THE_API))]
    for name in PAGES - {"account_logout", "account_confirm_email", "readyz"}:  # which is 503 without a worker
        for query in [*joined(others), QUERIES[-1], *(times if name.startswith("leaderboard:") else [])]:
            answer = browser.get(reverse(name, args=arguments.get(name)), QUERY_STRING=query)
            b"".join(answer)
            if answer.status_code >= 500:
                odd[name, query[:40]] = answer.status_code
    assert odd == {}


def joined(queries: list[str]) -> list[str]:
    """The queries of different parameters in one, as often as one parameter has several."""
    by_name: dict[str, list[str]] = {}
    for query in queries:
        by_name.setdefault(query.partition("=")[0], []).append(query)
    return ["&".join(filter(None, several)) for several in zip_longest(*by_name.values())]


def test_the_schema_lists_every_code(client):
    assert set(client.get("/api/schema/").json()["components"]["schemas"]["CodeEnum"]["enum"]) == SECTIONS


def test_the_schema_lists_every_query_parameter_that_is_taken(program_of, arguments, schema):
    program = program_of("captain")
    for path, operations in schema.items():
        if "/admin/" in path:
            continue  # test_permissions_acts.py asks for these
        listed = [one["name"] for one in operations.get("get", {}).get("parameters", []) if one["in"] == "query"]
        name = next(name for name in ADDRESSES if path_of(name, arguments) == re.sub(r"\{\w+\}", "KEY", path))
        answer = send(program, next(iter(operations)).upper(), reverse(name, args=arguments.get(name)), "none=1")
        assert (answer.status_code, answer.json()["code"]) == (400, "unknown_parameter"), path
        assert all(known in answer.json()["errors"]["none"][0] for known in listed)
        for known in listed:
            answer = send(program, "GET", reverse(name, args=arguments.get(name)), f"{known}=")
            said = answer.json().get("code")
            # An empty value means none, but for a row; two of them are what a comparison is of.
            refused = (known == "row" or name == "api:compare") and said == "invalid_parameter"
            assert answer.status_code == 200 or refused, (name, known)


def path_of(name: str, arguments: dict) -> str:
    return re.sub("|".join(map(str, arguments.get(name, [r"\0"]))), "KEY", reverse(name, args=arguments.get(name)))


# What is sent to cancel a submission, and how it is answered.
CANCELLING = {
    **dict.fromkeys([b"5", b"null", b"[[1]]", b'"x"', b"true", b"[]"], (400, "not_an_object")),
    **dict.fromkeys([b"[" * 100_000, b"NaN", b"9" * 100_000, b"{", b"\xff"], (400, "body_unreadable")),
    **dict.fromkeys([b'{"\\ud800": 1}', b'{"a": 1}', b'{"": 1}'], (400, "unknown_field")),
    b"{%s}" % b",".join(b'"k%d": 1' % key for key in range(5000)): (400, "too_many_fields"),
    b"{}": (200, None),
    b"": (409, "too_late_to_cancel"),  # now that it is cancelled
}


def test_only_an_object_or_nothing_cancels(program_of, arguments):
    program, url = program_of("captain"), reverse("api:cancel", args=arguments["api:cancel"])
    outcomes = {}
    for body in CANCELLING:
        answer = send(program, "POST", url, body=("application/json", body))
        outcomes[body] = answer.status_code, answer.json().get("code")
    assert outcomes == CANCELLING


@pytest.mark.parametrize(
    ("query", "code", "words"),
    [
        ("trak=x", "unknown_parameter", "Did you mean “track”?"),
        ("Track=x", "unknown_parameter", "Did you mean “track”?"),
        ("pagesize=2", "unknown_parameter", "Did you mean “page_size”?"),
        (
            "zebra=2",
            "unknown_parameter",
            "The query parameters here: page, page_size, phase, track, state, sha256, since, ordering.",
        ),
        ("track=a&track=b", "repeated_parameter", "once"),
        ("page_size=many", "invalid_parameter", "from 1 to 200"),
        ("state=winning", "invalid_parameter", "queued, running, scored"),
        ("track=none", "invalid_parameter", "/api/v1/tracks/"),
        ("phase=0", "invalid_parameter", "/api/v1/phases/"),
    ],
)
def test_a_query_that_means_nothing_is_refused_with_what_does(program_of, query, code, words):
    answer = send(program_of("captain"), "GET", reverse("api:submissions"), query)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert words in str(answer.json()["errors"])


def test_a_submission_takes_no_query_parameters(program_of, fill_in):
    answer = program_of("captain").post(f"{reverse('api:submissions')}?phase=3", fill_in("api:submissions"))
    assert (answer.status_code, answer.json()["code"]) == (400, "unknown_parameter")


def test_a_time_before_the_year_2000_is_refused_everywhere(client, phase, truth):
    here = [phase.track.slug, phase.slug]
    urls = [reverse(f"leaderboard:{name}", args=here) for name in ("board", "curves", "classes", "compare")]
    for url in (*urls, reverse("api:leaderboard", args=[phase.pk])):
        for year in ("0001-01-01", "0051-06-08T23:59:59Z", "1999-12-31T23:59:59Z", "9999-12-31T23:59:59-14:00"):
            answer = client.get(url, {"at": year})
            assert (answer.status_code, "from 2000 to 9999" in answer.content.decode()) == (400, True), (url, year)


def test_a_time_of_the_year_2000_is_taken(client, phase, truth):
    answer = client.get(reverse("api:leaderboard", args=[phase.pk]), {"at": "2000-01-01"})
    assert (answer.status_code, answer.json()["as_of"]) == (200, "2000-01-01T00:00:00Z")


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/v1", "/api/nothing", "/api/v1/submissions/nothing"])
def test_an_address_that_does_not_exist_advises_none_that_does_not(client, path):
    answer = client.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert f"{path}/" not in answer.json()["detail"]
