"""Data of another team looks as if it did not exist, for every role, method and filter."""

from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.urls import get_resolver, reverse

from server.accounts.models import User
from server.submissions.models import Evaluation, Slot, Submission
from server.teams.models import Membership, Team
from tests.server.roles import addresses_in, all_rows, bare, changes

pytestmark = pytest.mark.django_db

OUTSIDERS = ("charlie", "erin", "dora")  # of a rival team, once of this one, of none
AS_JSON = {"content_type": "application/json"}
METHODS = ("get", "head", "options", "post", "put", "patch", "delete")
# Refused to everyone else before anything is looked for.
FOR_ORGANISERS = (
    *("admin:", "desk:", "decisions:", "rescores:", "ground_truth:", "editions:", "verification:"),
    "organiser_results:",
    *("api:admin_", "api:rescore", "api:publish_rescore", "api:drop_rescore"),
)
KEYED = {
    name
    for name, address in addresses_in(get_resolver())
    if "<uuid:" in str(address.pattern) and not name.startswith(FOR_ORGANISERS)
}
# Whoever holds the link of an invitation may read it: it says which team invites.
OPEN_TO_HOLDERS = {"teams:join", "api:invitation", "api:accept_invitation"}


@pytest.fixture
def calls(as_role, program_of):
    """Call as somebody of the cast, what is under /api/v1/ with a token: `calls("dora")("get", name, key)`."""

    def of(who: str):
        browser, program = as_role(who), program_of(who)
        browser.get(reverse("site:home"))  # shows that the log-in succeeded, once

        def call(method: str, name: str, key: UUID):
            client = program if name.startswith("api:") else browser
            answer = getattr(client, method)(reverse(name, args=[key]), **AS_JSON if client == program else {})
            if answer.status_code == 302:
                client.get(answer.headers["Location"], follow=True)  # shows why, once
            return answer

        return call

    return of


@pytest.mark.parametrize("who", OUTSIDERS)
def test_another_teams_things_answer_as_missing_ones(calls, arguments, who):
    call, before, told = calls(who), all_rows(), {}
    for name in sorted(KEYED - OPEN_TO_HOLDERS):
        for method in METHODS:
            keys = arguments[name][0], uuid4()
            theirs, missing = (bare(call(method, name, key), key) for key in keys)
            led_on = method in {"get", "head"} and theirs[0] == 302  # to a page that is asked for by itself here
            told_methods = method == "options" and theirs[0] == 204  # by the address, before its key is looked up
            if theirs != missing or not (theirs[0] in {404, 405} or led_on or told_methods):
                told[name, method] = theirs, missing
    assert told == {}
    assert changes(before, all_rows()) == []


def test_their_owner_finds_each_of_them(calls, arguments, undone):
    """Else the test above would pass with keys of nothing."""
    call, statuses = calls("captain"), {}
    for name in KEYED:
        for method in ("get", "post"):
            with undone():
                answer = call(method, name, arguments[name][0])
                b"".join(answer) if answer.streaming else answer.content  # or its file would stay open
                statuses[name, method] = answer.status_code
    assert 404 not in statuses.values()


# Filters

PATHS = {
    "": Submission,
    "team__": Team,
    "evaluations__": Evaluation,
    "slots__": Slot,
    "submitted_by__": User,
    "team__memberships__": Membership,
    "team__memberships__user__": User,
}
FIELDS = [f"{path}{field.name}" for path, model in PATHS.items() for field in model._meta.get_fields()]
GUESSED = ["score", "search", "q", "user", "all", "fields", "expand"]
OFFERED = {"phase", "track", "state", "sha256", "since", "ordering", "page", "page_size"}
KNOW_NO_FILTER = [
    *("site:home", "site:track", "site:team", "site:quota_history", "leaderboard:board"),
    *("api:leaderboard", "api:tracks", "api:phases", "api:team", "api:me"),
]
MANY = 300  # in one request, which takes at most a thousand


def queries(team: Team) -> list[str]:
    """Every field of what was submitted, of its scoring, its team and their people, as filter and as order."""
    names = [name for name in FIELDS + GUESSED if name not in OFFERED]
    compared = [f"{name}{lookup}=0" for name in names for lookup in ("", "__gt", "__contains")]
    lumped = ["&".join(compared[start : start + MANY]) for start in range(0, len(compared), MANY)]
    ordered = [f"ordering=-{name}&order_by=-{name}" for name in names]
    return [f"team={team.pk}", f"team={team}", f"team__name={team}", *lumped, *ordered]


@pytest.mark.parametrize("role", ["stranger", "captain"])
def test_no_filter_or_order_but_those_offered_is_taken(program_of, arguments, alices, role):
    program, url = program_of(role), reverse("api:submissions")
    assert [query for query in queries(alices) if not refuses(program, url, query)] == []


def refuses(program: Client, url: str, query: str) -> bool:
    """Whether the API refuses a query for its names, which says nothing of what they would find."""
    answer = program.get(f"{url}?{query}")
    return (answer.status_code, answer.json()["code"]) == (400, "unknown_parameter")


def test_the_filters_that_are_offered_narrow_the_own_ones(program_of, arguments, phase, charlies):
    program, url = program_of("stranger"), reverse("api:submissions")
    own = [str(submission.pk) for submission in charlies.submissions.all()]
    for query in (f"phase={phase.pk}", f"track={phase.track.slug}", "state=scored", "page_size=200"):
        assert [row["id"] for row in program.get(f"{url}?{query}").json()["results"]] == own
    for query in ("state=queued", "state=rejected"):
        assert program.get(f"{url}?{query}").json()["results"] == []


def test_nothing_else_can_be_narrowed_or_ordered(as_role, program_of, arguments, alices):
    program, browser, changed = program_of("stranger"), as_role("stranger"), []
    asked = queries(alices)[:8] + queries(alices)[8::60]
    browser.get(reverse("site:home"))  # shows that the log-in succeeded, once
    for name in KNOW_NO_FILTER:
        url = reverse(name, args=arguments.get(name))
        if name.startswith("api:"):
            changed += [(name, query) for query in asked if not refuses(program, url, query)]
        else:
            plain = bare(browser.get(url))
            changed += [(name, query) for query in asked if bare(browser.get(f"{url}?{query}")) != plain]
    assert changed == []
