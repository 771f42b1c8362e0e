"""Who may read and write what: one row for each page of the site, one column for each role."""

from functools import partial

import pytest
from django.core.cache import cache
from django.urls import get_resolver, reverse

from tests.server.roles import ROLES, addresses_in, all_rows, changes, columns_of, names_in, outcome_of

pytestmark = pytest.mark.django_db

READING = """
                                      visitor    stranger   ex-member  member     captain    organiser  admin
site:home                             ok         ok         ok         ok         ok         ok         ok
site:status                           ok         ok         ok         ok         ok         ok         ok
site:track                            ok         ok         ok         ok         ok         ok         ok
site:edition                          ok         ok         ok         ok         ok         ok         ok
site:archive                          moved      moved      moved      moved      moved      moved      moved
site:team                             log_in     ok         moved      ok         ok         moved      moved
site:quota_history                    log_in     ok         moved      ok         ok         moved      moved
site:submission                       log_in     absent     absent     ok         ok         ok         ok
site:submission_live                  log_in     absent     absent     ok         ok         ok         ok
site:manifest                         ok         ok         ok         ok         ok         ok         ok
site:sample                           ok         ok         ok         ok         ok         ok         ok
site:problems                         ok         ok         ok         ok         ok         ok         ok
site:problem                          ok         ok         ok         ok         ok         ok         ok
site:docs                             ok         ok         ok         ok         ok         ok         ok
site:document                         ok         ok         ok         ok         ok         ok         ok
site:refusals                         ok         ok         ok         ok         ok         ok         ok
site:uncertainty                      ok         ok         ok         ok         ok         ok         ok
site:privacy                          ok         ok         ok         ok         ok         ok         ok
site:healthz                          ok         ok         ok         ok         ok         ok         ok
leaderboard:board                     ok         ok         ok         ok         ok         ok         ok
leaderboard:curves                    ok         ok         ok         ok         ok         ok         ok
leaderboard:classes                   ok         ok         ok         ok         ok         ok         ok
leaderboard:classes_export            ok         ok         ok         ok         ok         ok         ok
leaderboard:compare                   ok         ok         ok         ok         ok         ok         ok
leaderboard:significance              ok         ok         ok         ok         ok         ok         ok
leaderboard:significance_export       absent     absent     absent     absent     absent     absent     absent
leaderboard:archive                   ok         ok         ok         ok         ok         ok         ok
leaderboard:board_export              ok         ok         ok         ok         ok         ok         ok
leaderboard:archive_export            ok         ok         ok         ok         ok         ok         ok
leaderboard:feed                      ok         ok         ok         ok         ok         ok         ok
leaderboard:phase_feed                ok         ok         ok         ok         ok         ok         ok
submissions:submit                    log_in     ok         ok         ok         ok         ok         ok
submissions:submission_of_form        log_in     ok         ok         ok         ok         ok         ok
submissions:cancel                    log_in     moved      moved      moved      moved      moved      moved
submissions:withdraw                  log_in     moved      moved      moved      moved      moved      moved
submissions:restore                   log_in     moved      moved      moved      moved      moved      moved
submissions:choose                    log_in     moved      moved      moved      moved      moved      moved
submissions:unchoose                  log_in     moved      moved      moved      moved      moved      moved
submissions:pseudonym                 log_in     ok         moved      ok         ok         moved      moved
submissions:archive                   log_in     absent     absent     ok         ok         absent     absent
submissions:problems                  log_in     absent     absent     ok         ok         ok         ok
submissions:problems_csv              log_in     absent     absent     ok         ok         ok         ok
cases:case                            log_in     absent     absent     ok         ok         absent     absent
cases:upload                          log_in     moved      moved      moved      moved      moved      moved
cases:remove_file                     log_in     moved      moved      moved      moved      moved      moved
cases:give_link                       log_in     moved      moved      moved      moved      moved      moved
cases:write                           log_in     moved      moved      moved      moved      moved      moved
teams:create                          log_in     ok         ok         ok         ok         ok         ok
teams:join                            log_in     ok         ok         ok         ok         ok         ok
teams:leave                           log_in     ok         moved      ok         ok         moved      moved
teams:rename                          log_in     ok         moved      ok         ok         moved      moved
teams:invite                          log_in     moved      moved      moved      moved      moved      moved
teams:invite_person                   log_in     ok         ok         ok         ok         ok         ok
teams:withdraw_invitation             log_in     moved      moved      moved      moved      moved      moved
teams:remove                          log_in     absent     absent     ok         ok         absent     absent
teams:transfer_captaincy              log_in     absent     absent     ok         ok         absent     absent
account_confirm_email                 moved      moved      moved      moved      moved      moved      moved
account_reset_password_from_key       moved      moved      moved      moved      moved      moved      moved
accounts:profile                      log_in     ok         ok         ok         ok         ok         ok
accounts:end_sessions                 log_in     moved      moved      moved      moved      moved      moved
accounts:make_token                   log_in     moved      moved      moved      moved      moved      moved
accounts:revoke_token                 log_in     moved      moved      moved      moved      moved      moved
account_login                         ok         moved      moved      moved      moved      moved      moved
account_logout                        moved      ok         ok         ok         ok         ok         ok
account_inactive                      ok         ok         ok         ok         ok         ok         ok
account_signup                        ok         moved      moved      moved      moved      moved      moved
account_reauthenticate                log_in     ok         ok         ok         ok         ok         ok
account_email                         log_in     ok         ok         ok         ok         ok         ok
account_email_verification_sent       ok         ok         ok         ok         ok         ok         ok
account_change_password               log_in     ok         ok         ok         ok         ok         ok
account_set_password                  log_in     moved      moved      moved      moved      moved      moved
account_reset_password                ok         ok         ok         ok         ok         ok         ok
account_confirm_login_code            log_in     moved      moved      moved      moved      moved      moved
account_reset_password_from_key_done  ok         ok         ok         ok         ok         ok         ok
account_reset_password_done           ok         ok         ok         ok         ok         ok         ok
mfa_index                             log_in     ok         ok         ok         ok         ok         ok
mfa_authenticate                      log_in     moved      moved      moved      moved      moved      moved
mfa_reauthenticate                    log_in     moved      moved      moved      moved      moved      moved
mfa_activate_totp                     log_in     ok         ok         ok         ok         ok         ok
mfa_deactivate_totp                   log_in     absent     absent     absent     absent     absent     absent
mfa_view_recovery_codes               log_in     absent     absent     absent     absent     absent     absent
mfa_generate_recovery_codes           log_in     ok         ok         ok         ok         ok         ok
mfa_download_recovery_codes           log_in     absent     absent     absent     absent     absent     absent
erasure:data                          log_in     ok         ok         ok         ok         ok         ok
erasure:data_json                     log_in     ok         ok         ok         ok         ok         ok
erasure:delete                        log_in     ok         ok         ok         ok         ok         ok
outbox:preferences                    log_in     ok         ok         ok         ok         ok         ok
desk:desk                             log_in     refused    refused    refused    refused    ok         ok
editions:index                        log_in     refused    refused    refused    refused    ok         ok
editions:detail                       log_in     refused    refused    refused    refused    ok         ok
editions:open                         log_in     refused    refused    refused    refused    invalid    invalid
editions:list                         log_in     refused    refused    refused    refused    conflict   conflict
editions:unlist                    log_in     refused    refused    refused    refused    conflict   conflict
editions:delete                    log_in     refused    refused    refused    refused    conflict   conflict
editions:rules                        log_in     refused    refused    refused    refused    ok         ok
organiser_phases:index                log_in     refused    refused    refused    refused    ok         ok
organiser_phases:change               log_in     refused    refused    refused    refused    invalid    invalid
ground_truth:index                    log_in     refused    refused    refused    refused    ok         ok
ground_truth:upload                   log_in     refused    refused    refused    refused    ok         ok
ground_truth:detail                   log_in     refused    refused    refused    refused    ok         ok
ground_truth:live                     log_in     refused    refused    refused    refused    ok         ok
ground_truth:publish                  log_in     refused    refused    refused    refused    ok         ok
ground_truth:remove                   log_in     refused    refused    refused    refused    ok         ok
desk:live                             log_in     refused    refused    refused    refused    ok         ok
desk:run_again                        log_in     refused    refused    refused    refused    moved      moved
desk:retry_mail                       log_in     refused    refused    refused    refused    moved      moved
desk:release_emails                   log_in     refused    refused    refused    refused    moved      moved
desk:drop_emails                      log_in     refused    refused    refused    refused    moved      moved
desk:put_away                         log_in     refused    refused    refused    refused    moved      moved
desk:show_again                       log_in     refused    refused    refused    refused    moved      moved
readyz                                not_well   not_well   not_well   not_well   not_well   not_well   not_well
public_announcements:index            ok         ok         ok         ok         ok         ok         ok
public_announcements:one              ok         ok         ok         ok         ok         ok         ok
public_announcements:feed             ok         ok         ok         ok         ok         ok         ok
results:index                         ok         ok         ok         ok         ok         ok         ok
results:latest                        ok         ok         ok         ok         ok         ok         ok
results:version                       ok         ok         ok         ok         ok         ok         ok
results:file                          ok         ok         ok         ok         ok         ok         ok
results:statistics                    ok         ok         ok         ok         ok         ok         ok
results:statistics_file               absent     absent     absent     absent     absent     absent     absent
organiser_results:index               log_in     refused    refused    refused    refused    ok         ok
organiser_results:publish             log_in     refused    refused    refused    refused    invalid    invalid
organiser_results:withdraw            log_in     refused    refused    refused    refused    ok         ok
organiser_results:make_pack           log_in     refused    refused    refused    refused    invalid    invalid
organiser_results:download_pack       log_in     refused    refused    refused    refused    moved      moved
organiser_results:delete_pack         log_in     refused    refused    refused    refused    moved      moved
public_log:log                        ok         ok         ok         ok         ok         ok         ok
public_log:feed                       ok         ok         ok         ok         ok         ok         ok
announcements:index                   log_in     refused    refused    refused    refused    ok         ok
announcements:new                     log_in     refused    refused    refused    refused    ok         ok
announcements:one                     log_in     refused    refused    refused    refused    ok         ok
announcements:edit                    log_in     refused    refused    refused    refused    ok         ok
announcements:send                    log_in     refused    refused    refused    refused    moved      moved
announcements:discard                 log_in     refused    refused    refused    refused    moved      moved
announcements:end_banner              log_in     refused    refused    refused    refused    moved      moved
decisions:teams                       log_in     refused    refused    refused    refused    ok         ok
decisions:team                        log_in     refused    refused    refused    refused    ok         ok
decisions:rename                      log_in     refused    refused    refused    refused    ok         ok
decisions:appoint                     log_in     refused    refused    refused    refused    ok         ok
decisions:grant                       log_in     refused    refused    refused    refused    ok         ok
decisions:disqualify                  log_in     refused    refused    refused    refused    ok         ok
decisions:undo_disqualification       log_in     refused    refused    refused    refused    ok         ok
decisions:erase_account               log_in     refused    refused    refused    refused    ok         ok
decisions:grant_to_all                log_in     refused    refused    refused    refused    ok         ok
decisions:end_lock                    log_in     refused    refused    refused    refused    ok         ok
decisions:submission                  log_in     refused    refused    refused    refused    ok         ok
decisions:review                      log_in     refused    refused    refused    refused    ok         ok
decisions:undo_review                 log_in     refused    refused    refused    refused    ok         ok
verification:index                    log_in     refused    refused    refused    refused    ok         ok
verification:open                     log_in     refused    refused    refused    refused    ok         ok
verification:case                     log_in     refused    refused    refused    refused    ok         ok
verification:extend                   log_in     refused    refused    refused    refused    ok         ok
verification:verdict                  log_in     refused    refused    refused    refused    ok         ok
verification:reopen                   log_in     refused    refused    refused    refused    ok         ok
verification:mark                     log_in     refused    refused    refused    refused    moved      moved
verification:write                    log_in     refused    refused    refused    refused    moved      moved
verification:add_predictions          log_in     refused    refused    refused    refused    moved      moved
verification:download                 log_in     refused    refused    refused    refused    moved      moved
decisions:dismiss_look_alike          log_in     refused    refused    refused    refused    ok         ok
decisions:reopen_look_alike           log_in     refused    refused    refused    refused    ok         ok
rescores:index                        log_in     refused    refused    refused    refused    ok         ok
rescores:start                        log_in     refused    refused    refused    refused    ok         ok
rescores:options                      log_in     refused    refused    refused    refused    ok         ok
rescores:rescore                      log_in     refused    refused    refused    refused    ok         ok
rescores:table                        log_in     refused    refused    refused    refused    ok         ok
rescores:picture                      log_in     refused    refused    refused    refused    absent     absent
rescores:again                        log_in     refused    refused    refused    refused    moved      moved
rescores:include_all                  log_in     refused    refused    refused    refused    moved      moved
rescores:publish                      log_in     refused    refused    refused    refused    ok         ok
rescores:drop                         log_in     refused    refused    refused    refused    ok         ok
schema                                ok         ok         ok         ok         ok         ok         ok
api-docs                              ok         ok         ok         ok         ok         ok         ok
"""

# Each form filled in rightly. "done": it changed something. "moved": sent elsewhere, to be told why it did not.
# A page that is not listed takes no form.
WRITING = """
                                      visitor    stranger   ex-member  member     captain    organiser  admin
submissions:submit                    log_in     done       conflict   done       done       conflict   conflict
submissions:cancel                    log_in     absent     absent     done       done       absent     absent
submissions:withdraw                  log_in     absent     absent     done       done       absent     absent
submissions:restore                   log_in     absent     absent     done       done       absent     absent
submissions:choose                    log_in     absent     absent     done       done       absent     absent
submissions:unchoose                  log_in     absent     absent     done       done       absent     absent
submissions:pseudonym                 log_in     done       moved      done       done       moved      moved
cases:upload                          log_in     absent     absent     done       done       absent     absent
cases:remove_file                     log_in     absent     absent     done       done       absent     absent
cases:give_link                       log_in     absent     absent     done       done       absent     absent
cases:write                           log_in     absent     absent     done       done       absent     absent
teams:create                          log_in     invalid    invalid    invalid    invalid    done       done
teams:join                            log_in     moved      done       moved      moved      done       done
teams:leave                           log_in     done       moved      done       moved      moved      moved
teams:rename                          log_in     done       moved      invalid    done       moved      moved
teams:invite                          log_in     done       moved      moved      done       moved      moved
teams:invite_person                   log_in     done       invalid    invalid    done       invalid    invalid
teams:withdraw_invitation             log_in     absent     absent     moved      done       absent     absent
teams:remove                          log_in     absent     absent     moved      done       absent     absent
teams:transfer_captaincy              log_in     absent     absent     moved      done       absent     absent
account_confirm_email                 moved      moved      moved      moved      moved      moved      moved
account_reset_password_from_key       moved      moved      moved      moved      moved      moved      moved
accounts:profile                      log_in     done       done       done       done       done       done
accounts:end_sessions                 log_in     done       done       done       done       done       done
accounts:make_token                   log_in     done       done       done       done       done       done
accounts:revoke_token                 log_in     absent     absent     absent     done       absent     absent
account_login                         moved      moved      moved      moved      moved      moved      moved
account_logout                        moved      moved      moved      moved      moved      moved      moved
account_signup                        done       moved      moved      moved      moved      moved      moved
account_reauthenticate                log_in     moved      moved      moved      moved      moved      moved
account_email                         log_in     done       done       done       done       done       done
account_change_password               log_in     done       done       done       done       done       done
account_set_password                  log_in     moved      moved      moved      moved      moved      moved
account_reset_password                moved      moved      moved      moved      moved      moved      moved
account_confirm_login_code            log_in     moved      moved      moved      moved      moved      moved
mfa_authenticate                      log_in     moved      moved      moved      moved      moved      moved
mfa_reauthenticate                    log_in     moved      moved      moved      moved      moved      moved
mfa_activate_totp                     log_in     ok         ok         ok         ok         ok         ok
mfa_deactivate_totp                   log_in     absent     absent     absent     absent     absent     absent
mfa_generate_recovery_codes           log_in     ok         ok         ok         ok         ok         ok
mfa_download_recovery_codes           log_in     absent     absent     absent     absent     absent     absent
erasure:delete                        log_in     done       done       done       done       done       ok
outbox:preferences                    log_in     done       done       done       done       done       done
editions:open                         log_in     refused    refused    refused    refused    invalid    invalid
editions:list                         log_in     refused    refused    refused    refused    conflict   conflict
editions:unlist                    log_in     refused    refused    refused    refused    conflict   conflict
editions:delete                    log_in     refused    refused    refused    refused    conflict   conflict
editions:rules                        log_in     refused    refused    refused    refused    done       done
organiser_results:publish             log_in     refused    refused    refused    refused    invalid    invalid
organiser_results:withdraw            log_in     refused    refused    refused    refused    done       done
organiser_results:make_pack           log_in     refused    refused    refused    refused    invalid    invalid
organiser_results:download_pack       log_in     refused    refused    refused    refused    done       done
organiser_results:delete_pack         log_in     refused    refused    refused    refused    done       done
organiser_phases:change               log_in     refused    refused    refused    refused    invalid    invalid
ground_truth:upload                   log_in     refused    refused    refused    refused    done       done
ground_truth:publish                  log_in     refused    refused    refused    refused    invalid    invalid
ground_truth:remove                   log_in     refused    refused    refused    refused    invalid    invalid
desk:run_again                        log_in     refused    refused    refused    refused    done       done
desk:retry_mail                       log_in     refused    refused    refused    refused    done       done
desk:release_emails                   log_in     refused    refused    refused    refused    moved      moved
desk:drop_emails                      log_in     refused    refused    refused    refused    moved      moved
desk:put_away                         log_in     refused    refused    refused    refused    done       done
desk:show_again                       log_in     refused    refused    refused    refused    done       done
announcements:new                     log_in     refused    refused    refused    refused    done       done
announcements:edit                    log_in     refused    refused    refused    refused    done       done
announcements:send                    log_in     refused    refused    refused    refused    done       done
announcements:discard                 log_in     refused    refused    refused    refused    done       done
announcements:end_banner              log_in     refused    refused    refused    refused    done       done
decisions:rename                      log_in     refused    refused    refused    refused    done       done
decisions:appoint                     log_in     refused    refused    refused    refused    done       done
decisions:grant                       log_in     refused    refused    refused    refused    done       done
decisions:disqualify                  log_in     refused    refused    refused    refused    done       done
decisions:undo_disqualification       log_in     refused    refused    refused    refused    done       done
decisions:erase_account               log_in     refused    refused    refused    refused    done       done
decisions:grant_to_all                log_in     refused    refused    refused    refused    done       done
decisions:end_lock                    log_in     refused    refused    refused    refused    done       done
decisions:review                      log_in     refused    refused    refused    refused    done       done
decisions:undo_review                 log_in     refused    refused    refused    refused    done       done
verification:open                     log_in     refused    refused    refused    refused    done       done
verification:extend                   log_in     refused    refused    refused    refused    done       done
verification:verdict                  log_in     refused    refused    refused    refused    done       done
verification:reopen                   log_in     refused    refused    refused    refused    done       done
verification:mark                     log_in     refused    refused    refused    refused    done       done
verification:write                    log_in     refused    refused    refused    refused    done       done
verification:add_predictions          log_in     refused    refused    refused    refused    done       done
verification:download                 log_in     refused    refused    refused    refused    done       done
decisions:dismiss_look_alike          log_in     refused    refused    refused    refused    done       done
decisions:reopen_look_alike           log_in     refused    refused    refused    refused    done       done
rescores:start                        log_in     refused    refused    refused    refused    invalid    invalid
rescores:options                      log_in     refused    refused    refused    refused    done       done
rescores:again                        log_in     refused    refused    refused    refused    moved      moved
rescores:include_all                  log_in     refused    refused    refused    refused    done       done
rescores:publish                      log_in     refused    refused    refused    refused    invalid    invalid
rescores:drop                         log_in     refused    refused    refused    refused    done       done
"""
HAS_ITS_OWN_TABLE = ("admin:", "api:")
PAGES = {name for name in names_in(get_resolver()) if not name.startswith(HAS_ITS_OWN_TABLE)}


@pytest.mark.parametrize("role", ROLES)
def test_reading_is_as_the_table_says_and_changes_nothing(as_role, arguments, role):
    browser, expected, before = as_role(role), columns_of(READING)[role], all_rows()
    urls = {name: reverse(name, args=arguments.get(name)) for name in expected}
    assert {name: outcome_of(browser.get(url)) for name, url in urls.items()} == expected
    assert changes(before, all_rows()) == []


@pytest.mark.parametrize("role", ROLES)
def test_writing_is_as_the_table_says(as_role, arguments, fill_in, found, role):
    expected, before, outcomes = columns_of(WRITING)[role], all_rows(), {}
    for name, outcome in expected.items():
        browser, url = as_role(role), reverse(name, args=arguments.get(name))
        outcomes[name] = found(partial(browser.post, url, fill_in(name)), outcome, before)
    assert outcomes == expected
    assert changes(before, all_rows()) == []


def test_what_is_not_written_to_takes_no_form(as_role, arguments):
    browser, written, read = as_role("captain"), columns_of(WRITING)["captain"], columns_of(READING)["captain"]
    urls = {name: reverse(name, args=arguments.get(name)) for name in PAGES if name not in written}
    outcomes = {name: outcome_of(browser.post(url)) for name, url in urls.items()}
    assert outcomes == {name: "refused" if read[name] == "refused" else "no_way" for name in urls}


def test_no_other_method_shows_more_than_reading_or_does_anything(as_role, arguments):
    browser, before, odd = as_role("captain"), all_rows(), {}
    for method in ("head", "options", "put", "patch", "delete"):
        cache.clear()  # allauth counts these as tries
        for name, outcome in columns_of(READING)["captain"].items():
            answer = getattr(browser, method)(reverse(name, args=arguments.get(name)))
            if outcome_of(answer) not in {outcome, "no_way"} and (answer.content or method == "head"):
                odd[name, method] = outcome_of(answer)
    assert odd == {}
    assert changes(before, all_rows()) == []


def test_every_page_stands_in_the_table():
    listed = columns_of(READING)["visitor"].keys()
    assert PAGES - listed == set(), "pages that the table says nothing about"
    assert listed - PAGES == set(), "rows of pages that are gone"


def test_what_is_written_to_stands_among_what_is_read():
    assert columns_of(WRITING)["visitor"].keys() < columns_of(READING)["visitor"].keys()


def test_every_address_has_a_name_but_those_that_show_nothing():
    unnamed = {name for name, address in addresses_in(get_resolver()) if not address.name}
    assert unnamed == {"", "favicon.ico", "admin:<path:object_id>/", "admin:(?P<url>.*)$"}
