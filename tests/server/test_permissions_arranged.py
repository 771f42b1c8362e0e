"""Who may do the organisers' acts that need something arranged first: their forms, confirmed."""

from django.db import connection

from tests.server.act_walk import RowsNow
from tests.server.roles import ROLES, changes, columns_of, outcome_of
from tests.server.test_organiser_acts import admin_form, rows, tries, world  # noqa: F401  (fixtures)
from tests.server.ways_to_act import ByPage

WRITING = """
                                      visitor    stranger   ex-member  member     captain    organiser  admin
rescores:start                        log_in     refused    refused    refused    refused    done       done
rescores:again                        log_in     refused    refused    refused    refused    done       done
rescores:publish                      log_in     refused    refused    refused    refused    done       done
organiser_phases:change               log_in     refused    refused    refused    refused    done       done
ground_truth:publish                  log_in     refused    refused    refused    refused    done       done
ground_truth:remove                   log_in     refused    refused    refused    refused    done       done
editions:open                         log_in     refused    refused    refused    refused    done       done
editions:list                         log_in     refused    refused    refused    refused    done       done
editions:unlist                       log_in     refused    refused    refused    refused    done       done
editions:delete                       log_in     refused    refused    refused    refused    done       done
organiser_results:publish             log_in     refused    refused    refused    refused    done       done
organiser_results:make_pack           log_in     refused    refused    refused    refused    done       done
desk:release_emails                   log_in     refused    refused    refused    refused    done       done
desk:drop_emails                      log_in     refused    refused    refused    refused    done       done
"""


def test_writing_is_as_the_table_says(world, as_role, undone):  # noqa: F811
    odd, browsers, now = {}, {role: as_role(role) for role in ROLES}, RowsNow()
    with connection.execute_wrapper(now):
        for name in columns_of(WRITING)["visitor"]:
            now.undone()
            with undone():
                sent, before = world.sent(name), now.read()
                for role, browser in browsers.items():
                    expected = columns_of(WRITING)[role][name]
                    with undone():
                        outcome = outcome_of_confirming(ByPage(browser, sent), expected)
                        outcome = "done" if changes(before, now.read()) else outcome
                    if outcome != expected:
                        odd[name, role] = outcome
    assert odd == {}


def outcome_of_confirming(way: ByPage, expected: str) -> str:
    """Only who may see the page can confirm what it shows."""
    if expected == "done":
        way.look()
        way.ask()
    return outcome_of(way.browser.post(way.sent.target, way.confirmed({})))
