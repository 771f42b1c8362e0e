"""Following what was submitted."""

import json
import uuid

import pytest
from acting import SCORES, reject_next, score_next
from django.db import connection
from django.test.utils import CaptureQueriesContext

from server import leases
from server.submissions import slot_grants, transitions
from server.submissions.models import Evaluation, Submission


def submitted(client, phase) -> str:
    return client.submit(phase).json()["url"]


@pytest.mark.both_setups
def test_a_scored_one_shows_its_numbers_as_printed(alice, bob, phase):
    url = submitted(alice, phase)
    score_next()
    seen = bob.get(url).json()
    assert (seen["state"], seen["rank"], seen["rule"]) == ("scored", 1, 1)
    assert seen["scores"] == {"peak_iou": 0.6308, "peak_threshold": 24}
    assert (len(seen["curve"]), seen["curve"][24]) == (256, 0.6308)
    assert seen["warnings"] == ["one map was resized"]
    assert [event["after"] for event in seen["events"]] == ["queued", "running", "scored"]
    assert "0.630849" not in str(seen)


def test_one_that_its_team_does_not_stand_on_has_no_rank(alice, phase):
    first, second = submitted(alice, phase), submitted(alice, phase)
    score_next()
    score_next(SCORES | {"peak_iou": 0.7})
    assert (alice.get(first).json()["rank"], alice.get(second).json()["rank"]) == (None, 1)


@pytest.mark.both_setups
def test_a_rejected_one_lists_its_first_problems_and_has_its_slot_back(alice, phase):
    url = submitted(alice, phase)
    reject_next(count=300)
    seen = alice.get(url).json()
    assert (seen["state"], seen["problem_count"], len(seen["problems"])) == ("rejected", 300, 20)
    assert seen["problems"][0]["fix"] == "Add it."
    assert seen["slot"]["returned_at"]
    assert "slot 1 of 2 returned" in seen["message"]
    assert seen["progress"] == {"stage": "", "done": 0, "total": 0}
    assert (seen["scores"], seen["curve"], seen["rank"]) == (None, None, None)


def test_a_failed_one_says_whose_fault_it_was_and_nothing_of_our_trouble(alice, phase):
    url = submitted(alice, phase)
    transitions.fail(transitions.claim("a worker"), "Traceback: /secret/pack")
    answer = alice.get(url)
    assert "the server failed; slot 1 of 2 returned" in answer.json()["message"]
    assert b"secret" not in answer.content


def test_a_running_one_shows_how_far_it_is(alice, phase):
    url = submitted(alice, phase)
    assert leases.renew(transitions.claim("a worker"), stage="scoring", done=1, total=2)
    seen = alice.get(url).json()
    assert seen["progress"] == {"stage": "scoring", "done": 1, "total": 2}
    assert (seen["state"], seen["queue_position"]) == ("running", None)


@pytest.mark.parametrize(
    "end", [score_next, reject_next, lambda: transitions.fail(transitions.claim("a worker"), "x")]
)
def test_one_that_has_ended_is_at_no_stage(alice, phase, end, monkeypatch):
    url, claim = submitted(alice, phase), transitions.claim

    def claim_and_check(owner):
        claimed = claim(owner)
        assert leases.renew(claimed, stage="checking", done=1, total=2)
        return claimed

    monkeypatch.setattr(transitions, "claim", claim_and_check)
    end()
    assert alice.get(url).json()["progress"] == {"stage": "", "done": 0, "total": 0}


def test_one_that_was_not_rejected_has_no_problems(alice, phase):
    def listed() -> tuple[int, dict]:
        answer = alice.get(f"{url}problems/")
        return answer.status_code, json.loads(b"".join(answer.streaming_content))

    url = submitted(alice, phase)
    none = {"submission": url.split("/")[-2], "problem_count": 0, "problems": []}
    assert listed() == (200, none)
    score_next()
    assert listed() == (200, none)


@pytest.mark.both_setups
def test_another_team_s_answers_like_a_missing_one(alice, rivals, charlie, phase):
    url = submitted(alice, phase)
    missing = f"/api/v1/submissions/{uuid.uuid4()}/"
    for stranger in (rivals, charlie):
        for tail in ("", "cancel/"):
            ask = stranger.post if tail else stranger.get
            theirs, none = ask(f"{url}{tail}"), ask(f"{missing}{tail}")
            assert (theirs.status_code, theirs.content) == (404, none.content)
            assert theirs["Cache-Control"] == none["Cache-Control"]


def test_organisers_see_every_one(alice, organiser, phase):
    assert organiser.get(submitted(alice, phase)).json()["team"] == "alices"


def test_the_list_is_the_own_team_s_newest_first(alice, bob, rivals, charlie, phase):
    submitted(rivals, phase)
    urls = [submitted(alice, phase), submitted(bob, phase)]
    page = bob.get("/api/v1/submissions/").json()
    assert [row["url"] for row in page["results"]] == urls[::-1]
    assert charlie.get("/api/v1/submissions/").json()["count"] == 0


@pytest.mark.both_setups
def test_the_list_can_be_narrowed(alice, phase):
    first, second = submitted(alice, phase), submitted(alice, phase)
    score_next()
    for query, expected in {
        f"phase={phase.pk}": [second, first],
        "track=localization": [second, first],
        "state=scored": [first],
        "state=queued&page_size=1": [second],
    }.items():
        rows = alice.get(f"/api/v1/submissions/?{query}").json()["results"]
        assert [row["url"] for row in rows] == expected, query


@pytest.mark.both_setups
@pytest.mark.parametrize(
    "query",
    ["state=winning", "phase=0", "phase=x", f"phase={10**20}", "track=none", "team=rivals", "ordering=score"],
)
def test_a_filter_that_means_nothing_is_a_problem(alice, phase, query):
    answer = alice.get(f"/api/v1/submissions/?{query}")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [query.partition("=")[0]])


def test_pages_have_a_longest_length_and_an_end(alice, phase):
    submitted(alice, phase)
    assert alice.get("/api/v1/submissions/?page_size=100000").status_code == 200
    assert alice.get("/api/v1/submissions/?page=7").status_code == 404


@pytest.mark.both_setups
def test_the_limit_of_a_slot_counts_what_was_granted(alice, phase, organiser):
    url = submitted(alice, phase)
    team = Submission.objects.get().team
    for extra in (1, 2):
        slot_grants.grant(team=team, phase=phase, extra=extra, reason="the server was down", by=organiser.user)
    seen = alice.get(url).json()
    assert (seen["slot"]["number"], seen["slot"]["limit"]) == (1, 5)
    assert "slot 1 of 5 reserved" in seen["message"]
    assert alice.get("/api/v1/submissions/").json()["results"][0]["slot"]["limit"] == 5


def test_a_longer_list_asks_the_database_no_more_often(alice, phase):
    def queries():
        with CaptureQueriesContext(connection) as asked:
            alice.get("/api/v1/submissions/")
        return len(asked)

    submitted(alice, phase)
    queries()  # the first one also notes the token's use
    for_one = queries()
    submitted(alice, phase)
    assert queries() == for_one


@pytest.mark.both_setups
def test_a_waiting_one_can_be_cancelled_and_its_slot_comes_back(alice, phase):
    url = submitted(alice, phase)
    answer = alice.post(f"{url}cancel/")
    assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")
    assert answer.json()["slot"]["returned_at"]
    assert alice.post(f"{url}cancel/").status_code == 409


def test_it_is_too_late_to_cancel_once_scoring_began(alice, phase):
    url = submitted(alice, phase)
    transitions.claim("a worker")
    answer = alice.post(f"{url}cancel/")
    assert (answer.status_code, answer.json()["code"]) == (409, "too_late_to_cancel")
    assert "is “scoring”" in answer.json()["detail"]
    assert Evaluation.objects.get().state == "running"


def test_who_may_only_read_cannot_cancel(alice, reader, phase):
    url = submitted(alice, phase)
    assert reader.get(url).status_code == 200
    assert reader.post(f"{url}cancel/").status_code == 403


def test_cancelling_takes_no_fields(alice, phase):
    url = submitted(alice, phase)
    assert alice.post(f"{url}cancel/", {"state": "scored"}, format="json").status_code == 400
