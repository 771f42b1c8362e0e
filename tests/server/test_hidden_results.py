"""While a phase hides its results, nothing that anyone but an organiser can ask for depends on them."""

import re
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from itertools import combinations, cycle
from types import SimpleNamespace

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from leaderboard.cache.cache import board_cache
from leaderboard.exports.formats import CLASS_FORMATS, SIGNIFICANCE_FORMATS
from leaderboard.intervals.queries import inputs_of
from leaderboard.models import Interval, IntervalJob, PairInterval
from leaderboard.ranking.standings import standings
from server.accounts.services import make_token
from server.outbox.models import OutboxEmail
from server.rescores import publication
from server.rescores.models import Rescore
from server.submissions import transitions
from server.submissions.models import Evaluation
from server.tracks.models import Phase
from server.verification.models import CaseFile
from tests.rescoring import a_rescore, corrected, finish, started
from tests.server.case_forms import a_case
from tests.server.hidden_addresses import FORMATS, beside, every_address
from tests.showing import show_results

pytestmark = pytest.mark.django_db
READERS = ("visitor", "alice", "charlie", "dora")  # nobody, whose they are, a rival, a person in no team


@pytest.fixture
def hidden(open_phase, install_truth):
    """Localization, which has curves as well as numbers; the organisers show the results when they wish."""
    install_truth("localization", images=3)
    return open_phase("localization", slug="hidden", results=Phase.Results.BY_ORGANISER)


def compared(phase: Phase) -> None:
    """The board as it stands, compared: as it would be had its results been shown for a while."""
    comparison = IntervalJob.objects.create(phase=phase, computed_at=timezone.now(), method=METHOD)
    IntervalJob.objects.update(inputs=inputs_of(standings(phase, include_hidden=True)))
    evaluations = Evaluation.objects.filter(state="scored")
    for evaluation in evaluations:
        facts = {"version": "2.0", "metrics": ends(0.3), "bands": {}, "rank_interval": PLACE}
        Interval.objects.create(job=comparison, evaluation=evaluation, **facts)
    for one, other in combinations(evaluations, 2):
        facts = {"difference": 0.1, "low": 0.05, "high": 0.15, "significantly_different": True}
        own = one.submission.team_id == other.submission.team_id
        for each in {False, own}:
            PairInterval.objects.create(job=comparison, one=one, other=other, own=each, **facts)


METHOD = {"name": "jackknife", "version": "2.0", "images": 3, "units": 3, "draws": 9, "seed": 1, "level": 0.95}
PLACE = {"rank": 1, "rank_low": 1, "rank_high": 2, "indistinct": [1, 2], "may_be_best": True}


def ends(level: float) -> dict:
    return {"peak_iou": {"low": level - 0.0123, "high": level + 0.0123}}


def numbers(level: float) -> dict:
    return {"peak_iou": level, "peak_threshold": round(200 * level), "iou_curve": [level] * 256}


@pytest.fixture
def scored(alice, bob, charlie, dora, submitted, hidden, truths):
    """Alice has two scored submissions and Charlie one; of a fourth the archive was rejected."""
    wish = {"phase": hidden, "content": b"PK\x03\x04"}
    submissions = [
        submitted(who, **wish | {"content": b"PK\x03\x04" + bytes([n])})
        for n, who in enumerate([alice, alice, charlie])
    ]
    for level in (0.2, 0.4, 0.6):
        assert transitions.record_scored(transitions.claim("a worker"), numbers(level), ["one map was resized"])
    submitted(alice, **wish)
    transitions.record_rejected(
        transitions.claim("a worker"), [{"code": "bad_zip", "file": "", "found": "", "expected": "", "fix": ""}], 1
    )
    compared(hidden)
    a_rescore(hidden)
    a_case_with_reproduction(submissions[0], alice)
    return submissions


def reproduced(level: float) -> dict:
    return {"lines": [f"{level} reproduced"], "worst": [["one", f"{level} %"]], "share": level, "headline": level}


def a_case_with_reproduction(submission, by) -> None:
    case = a_case(submission, by)
    file = {"kind": "predictions", "name": "again.zip", "size": 9, "sha256": "0" * 64, "outcome": reproduced(0.5)}
    CaseFile.objects.create(case=case, **file)


def other_numbers() -> None:
    """The same rows with other scores, curves and order."""
    levels = cycle((0.91, 0.13, 0.55))
    for evaluation, level in zip(Evaluation.objects.filter(state="scored").order_by("pk"), levels, strict=False):
        scores = numbers(level)
        curve = scores.pop("iou_curve")
        told = [f"the scores suggest {level}"]
        Evaluation.objects.filter(pk=evaluation.pk).update(scores=scores, curve=curve, warnings=told)
        Interval.objects.filter(evaluation=evaluation).update(
            metrics=ends(level), rank_interval=PLACE | {"rank_high": 3}
        )
    IntervalJob.objects.update(computed_at=timezone.now(), last_error=f"{level}")
    CaseFile.objects.filter(kind="predictions").update(outcome=reproduced(level))


@pytest.fixture
def channels(scored, hidden, alice) -> list[str]:
    return every_address(scored, hidden, alice)


@pytest.fixture
def ask(request):
    """What a person is answered, to the byte: status, headers and body, without the clock and one-time tokens."""

    @cache
    def clients(who: str) -> tuple[Client, Client]:
        if who == "visitor":
            return Client(), Client()
        user, browser = request.getfixturevalue(who), Client()
        browser.force_login(user)
        secret = make_token(user=user, label="x", scope="read", days=None)[1]
        program = Client(headers={"Authorization": f"Bearer {secret}"})
        assert program.get("/api/v1/me/").status_code == 200  # its first use is noted, and shown on a page
        return browser, program

    def answers(who: str, urls: list[str]) -> dict[str, object]:
        browser, program = clients(who)
        return {url: bare((program if url.startswith("/api/v1/") else browser).get(url)) for url in urls}

    return answers


OF_THE_MOMENT = re.compile(
    r'value="\w{64}"|value="\w{32}"|forms/\w{32}/|<meta name="server-time"[^>]+>|<span class="clock">.*?</span>'
    r'|<li class="now".*?</li>|[Aa]s[ _]of\W+\d{4}-\d\d-\d\dT[\d:]+Z|\d{4}-\d\d-\d\dT[\d:]+Z(?=,[0-9a-f]{12}\b)'
)

# A moment without a fraction of a second is written shorter, so a page's length is of the moment too.
HEADERS_OF_THE_MOMENT = {"Set-Cookie", "Date", "Expires", "Content-Length"}


def bare(answer) -> tuple[int, dict[str, str], str]:
    body = b"".join(answer) if answer.streaming else answer.content
    text = OF_THE_MOMENT.sub("", body.decode("latin-1"))
    headers = {name: value for name, value in answer.headers.items() if name not in HEADERS_OF_THE_MOMENT}
    return answer.status_code, headers, text


@pytest.fixture
def differing(ask):
    """Which addresses answer somebody otherwise after a change that is undone: `differing(who, urls, change)`."""

    def compare(who: str, urls: list[str], change: Callable[[], object]) -> set[str]:
        first = ask(who, urls)
        with transaction.atomic():
            board_cache.clear()
            change()
            changed = ask(who, urls)
            transaction.set_rollback(True)
        board_cache.clear()
        differ = [url for url in urls if first[url] != changed[url]]
        again = ask(who, differ)  # since what is said once differs too
        return {url for url in differ if again[url] != changed[url]}

    return compare


@pytest.mark.parametrize("who", READERS)
def test_two_databases_that_differ_in_hidden_scores_answer_alike(who, differing, channels):
    assert differing(who, channels, other_numbers) == set()


def test_nobody_is_answered_otherwise_where_hidden_results_were_compared(differing, channels):
    assert differing("alice", channels, IntervalJob.objects.all().delete) == set()


@pytest.mark.parametrize("who", ["charlie"])
def test_a_published_re_score_tells_nothing_of_hidden_results(who, differing, channels, hidden, truths, organiser):
    Rescore.objects.all().delete()
    new = corrected(truths, SimpleNamespace(row=hidden.published_rule().ground_truth), images=3)
    dry_run = started(new, [hidden]).rescore
    for level in (0.7, 0.6, 0.1):
        assert transitions.record_scored(transitions.claim("a worker"), numbers(level), [])
    finish(transitions.claim("a worker"), None)
    publication.publish(dry_run, [hidden], reason="A mask was wrong.", by=organiser)
    assert hidden.published_rule().ground_truth == new
    assert differing(who, channels, other_numbers) == set()
    told = [mail.text for mail in OutboxEmail.objects.exclude(user=organiser)]
    assert any("A mask was wrong." in text for text in told)
    assert re.findall(r"\b\d+\.\d\d\b", "\n".join(told)) == []


def of_classes(iou: float) -> list[dict]:
    return [{"label": label, "iou": iou, "accuracy": iou, "pixels": round(1000 * iou)} for label in range(201)]


@pytest.fixture
def in_classes(alice, bob, charlie, dora, submitted, open_phase, install_truth):
    """Segmentation, whose results are shown while those of each class wait: two rows that are scored."""
    install_truth("segmentation")
    phase = open_phase("segmentation", slug="hidden", details=Phase.Details.AFTER_CLOSE)
    submissions = []
    for number, who in enumerate((alice, charlie)):
        submissions.append(submitted(who, phase=phase, content=b"PK\x03\x04" + bytes([number])))
        scores = {"mean_iou": 0.75, "mean_accuracy": 0.5, "pixel_accuracy": 0.5, "per_class": of_classes(0.5)}
        assert transitions.record_scored(transitions.claim("a worker"), scores, [])
    a_rescore(phase)
    a_case_with_reproduction(submissions[0], alice)
    return submissions


def other_classes() -> None:
    """The same scores, come to by other classes."""
    for number, evaluation in enumerate(Evaluation.objects.filter(state="scored").order_by("pk"), 2):
        Evaluation.objects.filter(pk=evaluation.pk).update(per_class=of_classes(number / 10))


@pytest.mark.parametrize(
    ("who", "results"),
    [*((who, Phase.Results.AT_ONCE) for who in ("visitor", "alice")), ("charlie", Phase.Results.BY_ORGANISER)],
)
def test_two_databases_that_differ_in_hidden_classes_answer_alike(who, ask, differing, in_classes, alice, results):
    Phase.objects.update(results=results)
    channels = every_address(in_classes, in_classes[0].phase, alice)
    assert differing(who, channels, other_classes) == set()
    board = in_classes[0].phase.get_absolute_url()
    assert ("75.00" in ask(who, [board])[board][2]) == (results == Phase.Results.AT_ONCE)


def test_once_the_phase_has_closed_everyone_sees_the_classes(differing, in_classes, alice):
    Phase.objects.filter(slug="hidden").update(closes_at=timezone.now())
    here = [in_classes[0].phase.track.slug, "hidden"]
    differ = differing("visitor", every_address(in_classes, in_classes[0].phase, alice), other_classes)
    files = {reverse("leaderboard:classes_export", args=[*here, each.extension]) for each in CLASS_FORMATS}
    whole = {reverse("leaderboard:classes", args=here), reverse("api:classes", args=[in_classes[0].phase_id])}
    of_rows = {url for url in beside(in_classes, here) if "/api/" not in url or "/classes/" in url}
    assert whole | files | of_rows == differ


def test_organisers_see_the_hidden_scores(differing, channels, organiser, scored):
    differ = differing("organiser", channels, other_numbers)
    for each in scored:
        assert each.get_absolute_url() in differ
        assert reverse("api:submission", args=[each.pk]) in differ


def test_once_shown_everyone_sees_them(ask, differing, channels, hidden, scored, organiser):
    board, here = hidden.get_absolute_url(), [hidden.track.slug, hidden.slug]
    assert "not shown yet" in ask("visitor", [board])[board][2]
    show_results(hidden, by=organiser)
    differ = differing("visitor", channels, other_numbers)
    assert {
        board,
        reverse("leaderboard:curves", args=here),
        reverse("site:home"),
        reverse("api:leaderboard", args=[hidden.pk]),
    } <= differ
    assert {reverse("leaderboard:board_export", args=[*here, each.extension]) for each in FORMATS} <= differ
    assert {reverse("leaderboard:feed"), reverse("leaderboard:phase_feed", args=here)} <= differ
    maps = {
        reverse("leaderboard:significance_export", args=[*here, each.extension]) for each in SIGNIFICANCE_FORMATS
    }
    assert {reverse("leaderboard:significance", args=here), *maps} <= differ
    page = ask("visitor", [board])[board][2]
    assert all(number in page for number in ("60.00", "28.77", "31.23"))


def test_results_after_the_close_appear_at_the_close(open_phase):
    closes = timezone.now() + timedelta(hours=1)
    phase = open_phase(results=Phase.Results.AFTER_CLOSE, closes_at=closes)
    moment = timedelta(microseconds=1)
    assert [phase.shows_results(closes + shift) for shift in (-moment, moment * 0, moment)] == [False, True, True]


def test_a_board_of_hidden_results_says_when_they_come(ask, open_phase, install_truth):
    install_truth("segmentation")
    phase = open_phase(results=Phase.Results.AFTER_CLOSE)
    page = ask("visitor", [phase.get_absolute_url()])[phase.get_absolute_url()][2]
    assert "appear when it has closed" in page
