"""Whatever is served as a file: as an attachment, of a fixed type, by a name of ours, to those who may have it."""

import re

import pytest
from django.contrib.messages import get_messages
from django.urls import get_resolver, reverse

from server.accounts.services import make_token
from server.audit.models import AuditLogEntry
from server.submissions import transitions
from tests.server.roles import addresses_in

pytestmark = pytest.mark.django_db
FILES = {
    *("site:manifest", "site:sample", "api:manifest", "api:archive"),
    *("submissions:archive", "submissions:problems", "submissions:problems_csv"),
    *("leaderboard:board_export", "leaderboard:archive_export", "erasure:data_json"),
}
# By the same function as the other exports; and what organisers alone read, which the tests of re-scores ask for.
ONCE_ROWS_STAND = {
    *("leaderboard:classes_export", "leaderboard:significance_export", "results:statistics_file"),
}
OF_RE_SCORES = {"rescores:table", "rescores:picture"}
TYPES = {"application/zip", "application/json", "text/csv"}
PROBLEM = {"code": "bad_zip", "file": "", "found": "", "expected": "", "fix": ""}


@pytest.fixture
def rejected(submitted, alice):
    submission = submitted(alice, method='"\r\nX-Odd: 1')
    transitions.record_rejected(transitions.claim("a worker"), [PROBLEM], 1)
    return submission


@pytest.fixture
def urls(rejected, phase):
    """Every address that serves a file."""
    of_split, of_submission = [phase.track.slug, phase.split], [rejected.pk]
    arguments = {
        "site:manifest": of_split,
        "site:sample": of_split,
        "submissions:archive": of_submission,
        "api:archive": of_submission,
        "submissions:problems": of_submission,
        "submissions:problems_csv": of_submission,
        "leaderboard:board_export": [phase.track.slug, phase.slug, "csv"],
        "leaderboard:archive_export": [1, "csv"],
        "api:manifest": [phase.pk],
    }
    return {name: reverse(name, args=arguments.get(name)) for name in FILES}


@pytest.fixture
def token(alice):
    return {"Authorization": f"Bearer {make_token(user=alice, label='x', scope='read', days=None)[1]}"}


def test_every_file_is_an_attachment_whose_type_nobody_guesses(urls, client, alice, token):
    client.force_login(alice)
    for name, url in urls.items():
        answer = client.get(url, headers=token)
        b"".join(answer) if answer.streaming else answer.content
        assert answer.status_code == 200, name
        assert answer.headers["Content-Type"].partition(";")[0] in TYPES, name
        assert answer.headers["X-Content-Type-Options"] == "nosniff", name
        said = answer.headers["Content-Disposition"]
        assert re.fullmatch(r'attachment; filename="[\w.-]+"', said), (name, said)
        assert ("Accept-Ranges" in answer.headers) == (name == "api:archive")


def test_what_is_a_teams_own_is_kept_by_no_proxy(urls, client, alice, token):
    client.force_login(alice)
    own = ("submissions:archive", "submissions:problems", "submissions:problems_csv", "erasure:data_json")
    for name in (*own, "api:archive"):
        answer = client.get(urls[name], headers=token)
        b"".join(answer)
        assert "private" in answer.headers["Cache-Control"], name


def test_whatever_ends_like_a_file_stands_in_this_table():
    addresses = {name: str(address.pattern) for name, address in addresses_in(get_resolver())}
    assert {
        name
        for name, path in addresses.items()
        if re.search(r"\.(zip|json|npz|csv|png|txt|<\w+:extension>)$", path)
    } <= FILES | ONCE_ROWS_STAND | OF_RE_SCORES


def test_a_team_gets_the_very_bytes_back_that_it_submitted(urls, client, alice, rejected):
    client.force_login(alice)
    assert b"".join(client.get(urls["submissions:archive"])) == rejected.archive_path.read_bytes()


def test_an_organiser_downloads_an_archive_and_the_record_says_so(client, organiser, rejected, submitted, charlie):
    client.force_login(organiser)
    url, form = reverse("admin:submissions_submission_changelist"), {"action": "download"}
    answer = client.post(url, form | {"_selected_action": [rejected.pk]})
    assert b"".join(answer) == rejected.archive_path.read_bytes()
    assert answer.headers["Content-Disposition"] == f'attachment; filename="submission-{rejected.pk}.zip"'
    decision = AuditLogEntry.objects.get(what="downloaded an archive")
    assert (decision.by, decision.subject) == (organiser, str(rejected))
    both = client.post(url, form | {"_selected_action": [rejected.pk, submitted(charlie).pk]})
    assert "Select one submission" in str(*get_messages(both.wsgi_request))
    assert AuditLogEntry.objects.filter(what="downloaded an archive").count() == 1


def test_what_was_not_sent_is_not_in_the_record(client, organiser, rejected):
    client.force_login(organiser)
    rejected.archive_path.unlink()
    form = {"action": "download", "_selected_action": [rejected.pk]}
    answer = client.post(reverse("admin:submissions_submission_changelist"), form)
    assert "is missing" in str(*get_messages(answer.wsgi_request))
    assert not AuditLogEntry.objects.filter(what="downloaded an archive").exists()


def test_what_is_stored_only_its_owner_can_read(rejected, settings):
    kept = [
        path for path in settings.DATA_DIR.rglob("*") if path.is_file() and settings.PUBLIC_DIR not in path.parents
    ]
    assert kept
    assert {oct(path.stat().st_mode & 0o077) for path in kept} == {"0o0"}
