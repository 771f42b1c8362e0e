"""Who may do the organisers' acts that need something arranged first: their forms, confirmed."""

from tests.server.roles import ROLES, all_rows, changes, columns_of, outcome_of
from tests.server.test_organiser_acts import admin_form, rows, tries, world  # noqa: F401  (fixtures)
from tests.server.ways_to_act import ByPage

WRITING = """
                                      visitor    stranger   ex-member  member     captain    organiser  admin
rescores:start                        log_in     refused    refused    refused    refused    done       done
rescores:again                        log_in     refused    refused    refused    refused    done       done
rescores:include_all                  log_in     refused    refused    refused    refused    done       done
rescores:publish                      log_in     refused    refused    refused    refused    done       done
rescores:drop                         log_in     refused    refused    refused    refused    done       done
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
    odd, browsers = {}, {role: as_role(role) for role in ROLES}
    for name in columns_of(WRITING)["visitor"]:
        with undone():
            sent, before = world.sent(name), all_rows()
            for role, browser in browsers.items():
                with undone():
                    outcome = outcome_confirmed(ByPage(browser, sent), before)
                if outcome != columns_of(WRITING)[role][name]:
                    odd[name, role] = outcome
    assert odd == {}


def outcome_confirmed(way: ByPage, before) -> str:
    way.look()
    way.ask()
    outcome = outcome_of(way.browser.post(way.sent.target, way.confirmed({})))
    return "done" if changes(before, all_rows()) else outcome
