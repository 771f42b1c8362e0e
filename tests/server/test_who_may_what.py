"""Who may see and do what: one row for each page of the site, read against a table."""

import re
import uuid
from itertools import chain

import pytest
from django.contrib import admin
from django.urls import URLResolver, get_resolver, reverse

from server.accounts.services import make_token
from server.submissions import moves
from server.teams.models import Invitation
from server.teams.services import invite

pytestmark = pytest.mark.django_db

# Charlie is a stranger to the alices, Bob a member, Alice the captain; Olga organises and is in no team.
# "log in": sent to the log-in page. "moved": sent elsewhere. "absent": 404, as if it did not exist.
PEOPLE = ("visitor", "charlie", "bob", "alice", "organiser")

READING = """
                                  visitor   charlie   bob       alice     organiser
site:home                         ok        ok        ok        ok        ok
site:track                        ok        ok        ok        ok        ok
site:manifest                     ok        ok        ok        ok        ok
site:sample                       ok        ok        ok        ok        ok
site:healthz                      ok        ok        ok        ok        ok
leaderboard:board                 ok        ok        ok        ok        ok
leaderboard:archive               ok        ok        ok        ok        ok
schema                            ok        ok        ok        ok        ok
api-docs                          ok        ok        ok        ok        ok
site:team                         log_in    ok        ok        ok        moved
site:submission                   log_in    absent    ok        ok        ok
site:submission_live              log_in    absent    ok        ok        ok
submissions:problems              log_in    absent    ok        ok        ok
submissions:submit                log_in    ok        ok        ok        ok
submissions:cancel                log_in    no_get    no_get    no_get    no_get
teams:found                       log_in    ok        ok        ok        ok
teams:join                        log_in    ok        ok        ok        ok
teams:invite                      log_in    no_get    no_get    no_get    no_get
teams:invite_person               log_in    ok        ok        ok        ok
teams:withdraw_invitation         log_in    no_get    no_get    no_get    no_get
teams:rename                      log_in    ok        ok        ok        moved
teams:leave                       log_in    ok        ok        ok        moved
teams:remove                      log_in    absent    ok        ok        absent
teams:hand_over                   log_in    absent    ok        ok        absent
accounts:profile                  log_in    ok        ok        ok        ok
accounts:end_sessions             log_in    no_get    no_get    no_get    no_get
accounts:make_token               log_in    no_get    no_get    no_get    no_get
accounts:revoke_token             log_in    no_get    no_get    no_get    no_get
notices:choose                    log_in    ok        ok        ok        ok
account_login                     ok        moved     moved     moved     moved
account_signup                    ok        moved     moved     moved     moved
account_logout                    moved     ok        ok        ok        ok
account_email                     log_in    ok        ok        ok        ok
account_change_password           log_in    ok        ok        ok        ok
account_reauthenticate            log_in    ok        ok        ok        ok
account_set_password              log_in    moved     moved     moved     moved
account_reset_password            ok        ok        ok        ok        ok
account_reset_password_done       ok        ok        ok        ok        ok
account_reset_password_from_key   moved     moved     moved     moved     moved
account_reset_password_from_key_done ok     ok        ok        ok        ok
account_confirm_email             moved     moved     moved     moved     moved
account_email_verification_sent   ok        ok        ok        ok        ok
account_inactive                  ok        ok        ok        ok        ok
account_confirm_login_code        log_in    moved     moved     moved     moved
mfa_index                         log_in    ok        ok        ok        ok
mfa_authenticate                  log_in    moved     moved     moved     moved
mfa_reauthenticate                log_in    moved     moved     moved     moved
mfa_activate_totp                 log_in    moved     moved     moved     moved
mfa_deactivate_totp               log_in    absent    absent    absent    absent
mfa_view_recovery_codes           log_in    absent    absent    absent    absent
mfa_generate_recovery_codes       log_in    moved     moved     moved     moved
mfa_download_recovery_codes       log_in    absent    absent    absent    absent
"""

WRITING = """
                                  visitor   charlie   bob       alice     organiser
submissions:submit                log_in    invalid   invalid   invalid   invalid
submissions:cancel                log_in    absent    moved     moved     absent
teams:found                       log_in    invalid   invalid   invalid   invalid
teams:join                        log_in    moved     moved     moved     moved
teams:invite                      log_in    moved     moved     moved     moved
teams:invite_person               log_in    invalid   invalid   invalid   invalid
teams:withdraw_invitation         log_in    absent    moved     moved     absent
teams:rename                      log_in    invalid   invalid   invalid   moved
teams:leave                       log_in    moved     moved     moved     moved
teams:remove                      log_in    absent    moved     moved     absent
teams:hand_over                   log_in    absent    moved     moved     absent
accounts:profile                  log_in    ok        ok        ok        ok
accounts:end_sessions             log_in    moved     moved     moved     moved
accounts:make_token               log_in    ok        ok        ok        ok
accounts:revoke_token             log_in    absent    absent    moved     absent
notices:choose                    log_in    moved     moved     moved     moved
"""
HAS_ITS_OWN_TABLE = ("admin:", "api:")
LOG_IN = "/account/login/"


def rows_of(table: str) -> list[tuple[str, list[str]]]:
    head, *rows = table.strip().splitlines()
    assert tuple(head.split()) == PEOPLE
    return [(name, outcomes) for name, *outcomes in map(str.split, rows)]


@pytest.fixture
def arguments(phase, truth, alice, bob, handed_in):
    """What each address needs, all of it the alices'."""
    rejected = handed_in(alice)
    moves.record_rejected(moves.claim("one"), [], 1)
    waiting, invitation = handed_in(alice), invite(captain=alice)
    token, _ = make_token(user=alice, label="cluster", scope="read", days=None)
    here = [phase.track.slug, phase.slug]
    return {
        "site:track": [phase.track.slug],
        "site:manifest": [phase.track.slug, "test"],
        "site:sample": [phase.track.slug, "test"],
        "leaderboard:board": here,
        "submissions:submit": here,
        "site:submission": [waiting.pk],
        "site:submission_live": [waiting.pk],
        "submissions:cancel": [waiting.pk],
        "submissions:problems": [rejected.pk],
        "teams:join": [invitation.pk],
        "teams:withdraw_invitation": [invitation.pk],
        "teams:remove": [bob.pk],
        "teams:hand_over": [bob.pk],
        "accounts:revoke_token": [token.pk],
        "account_confirm_email": ["no-key"],
        "account_reset_password_from_key": ["0", "no-key"],
    }


@pytest.fixture
def as_person(client, request):
    """The client, logged in as one of the cast."""

    def become(who: str):
        client.logout()
        if who != "visitor":
            client.force_login(request.getfixturevalue(who))
        return client

    return become


def outcome_of(answer) -> str:
    if answer.streaming:
        b"".join(answer)  # a download holds its file open until it is read
    if answer.status_code == 302:
        return "log_in" if answer.headers["Location"].startswith(LOG_IN) else "moved"
    return {200: "ok", 400: "invalid", 403: "refused", 404: "absent", 405: "no_get"}[answer.status_code]


@pytest.mark.parametrize(("name", "outcomes"), rows_of(READING))
def test_reading_is_as_the_table_says(as_person, arguments, name, outcomes):
    url = reverse(name, args=arguments.get(name))
    assert [outcome_of(as_person(who).get(url)) for who in PEOPLE] == outcomes


@pytest.mark.parametrize(("name", "outcomes"), rows_of(WRITING))
def test_writing_is_as_the_table_says(as_person, arguments, name, outcomes):
    url = reverse(name, args=arguments.get(name))
    assert [outcome_of(as_person(who).post(url, {"nothing": "of use"})) for who in PEOPLE] == outcomes


def names_in(resolver: URLResolver, namespace: str = "") -> list[str]:
    """The full name of every address that has one."""
    entries = resolver.url_patterns
    inner = [
        names_in(entry, f"{namespace}{entry.namespace}:" if entry.namespace else namespace)
        for entry in entries
        if isinstance(entry, URLResolver)
    ]
    own = [namespace + entry.name for entry in entries if not isinstance(entry, URLResolver) and entry.name]
    return [*own, *chain.from_iterable(inner)]


def test_every_page_stands_in_the_table():
    pages = {name for name in names_in(get_resolver()) if not name.startswith(HAS_ITS_OWN_TABLE)}
    listed = {name for name, _ in rows_of(READING)}
    assert pages - listed == set(), "pages that the table says nothing about"
    assert listed - pages == set(), "rows of pages that are gone"


def test_what_is_written_to_stands_among_what_is_read():
    assert {name for name, _ in rows_of(WRITING)} < {name for name, _ in rows_of(READING)}


@pytest.mark.parametrize("who", ["charlie", "dora"])
@pytest.mark.parametrize("name", ["site:submission", "site:submission_live", "submissions:problems"])
def test_another_teams_submission_looks_as_if_it_did_not_exist(as_person, arguments, name, who):
    theirs, missing = arguments[name][0], uuid.uuid4()
    client = as_person(who)
    pages = [client.get(reverse(name, args=[key])) for key in (theirs, missing)]
    assert [page.status_code for page in pages] == [404, 404]
    assert told(pages[0], theirs) == told(pages[1], missing)


def test_another_teams_submission_is_not_there_to_cancel(as_person, arguments):
    theirs, missing = arguments["submissions:cancel"][0], uuid.uuid4()
    client = as_person("charlie")
    pages = [client.post(reverse("submissions:cancel", args=[key])) for key in (theirs, missing)]
    assert [page.status_code for page in pages] == [404, 404]
    assert told(pages[0], theirs) == told(pages[1], missing)


def told(page, key: uuid.UUID) -> str:
    """What a page says, but for its address, the clock and the form's token."""
    text = page.content.decode().replace(str(key), "KEY")
    text = re.sub(r'value="\w{64}"', "", text)
    return re.sub(r"\d{4}-\d\d-\d\dT[\d:+.]+|\d{1,2} \w{3} \d{4},? \d\d:\d\d", "TIME", text)


def test_only_the_captains_wish_makes_an_invitation(as_person, alice, bob, charlie, dora):
    made = {}
    for who in ("visitor", "dora", "bob", "alice"):
        before = Invitation.objects.count()
        as_person(who).post(reverse("teams:invite"))
        made[who] = Invitation.objects.count() - before
    assert made == {"visitor": 0, "dora": 0, "bob": 0, "alice": 1}


def test_a_member_who_withdraws_an_invitation_only_hears_why_not(as_person, arguments, bob):
    url = reverse("teams:withdraw_invitation", args=arguments["teams:withdraw_invitation"])
    as_person("bob").post(url)
    assert Invitation.objects.get(pk=arguments["teams:withdraw_invitation"][0]).usable
    as_person("alice").post(url)
    assert not Invitation.objects.get(pk=arguments["teams:withdraw_invitation"][0]).usable


# The organisers' admin

OF_THE_CHALLENGE = {"teams", "tracks", "submissions", "notices", "leaderboard"}
ADMIN_LISTS = sorted(
    f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist" for model in admin.site._registry
)


@pytest.mark.parametrize("name", ["admin:index", *ADMIN_LISTS])
def test_the_admin_is_for_organisers_and_its_accounts_for_superusers(as_person, name):
    url = reverse(name)
    for who in ("visitor", "charlie", "alice"):
        answer = as_person(who).get(url)
        assert (answer.status_code, answer.headers["Location"]) == (302, f"{reverse('admin:login')}?next={url}")
    challenge = name == "admin:index" or name.split(":")[1].split("_")[0] in OF_THE_CHALLENGE
    assert as_person("organiser").get(url).status_code == (200 if challenge else 403)
    assert as_person("admin").get(url).status_code == 200


@pytest.mark.parametrize("model", ["submissions_submission", "submissions_evaluation", "submissions_slot"])
def test_organisers_look_up_what_was_handed_in_and_do_not_change_it(as_person, arguments, model, phase):
    rows = {
        "submissions_submission": phase.submissions.first(),
        "submissions_evaluation": phase.submissions.first().evaluations.get(),
        "submissions_slot": phase.slots.first(),
    }
    url = reverse(f"admin:{model}_change", args=[rows[model].pk])
    client = as_person("organiser")
    assert client.get(url).status_code == 200
    assert client.post(url, {"state": "scored"}).status_code == 403
    assert client.post(reverse(f"admin:{model}_delete", args=[rows[model].pk]), {"post": "yes"}).status_code == 403
    assert client.get(reverse(f"admin:{model}_add")).status_code == 403
