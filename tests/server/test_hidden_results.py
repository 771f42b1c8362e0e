"""While a phase hides its results, nothing that anyone but an organiser can ask for depends on them."""

import re
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from itertools import combinations

import pytest
from django.db import transaction
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils import timezone

from leaderboard.cache.cache import board_cache
from leaderboard.exports.formats import CLASS_FORMATS, CURVE_FORMATS, SIGNIFICANCE_FORMATS, TABLE_FORMATS
from leaderboard.intervals.queries import inputs_of
from leaderboard.models import Interval, IntervalJob, PairInterval
from leaderboard.ranking.standings import standings
from server.accounts.services import make_token
from server.outbox.models import OutboxEmail
from server.rescores.models import Rescore
from server.submissions import transitions
from server.submissions.models import Evaluation
from server.teams.services import invite
from server.tracks import services
from server.tracks.models import Phase
from server.verification.models import CaseFile, VerificationCase
from tests.rescoring import OF_A_RESCORE, a_rescore
from tests.server.case_forms import a_case, arguments_of_cases
from tests.server.roles import names_in

pytestmark = pytest.mark.django_db
FORMATS = TABLE_FORMATS + CURVE_FORMATS
READERS = ("visitor", "alice", "bob", "charlie", "dora")

# Addresses that show or change nothing but an account, or that are written to only; admin pages are organisers'.
NO_CHANNEL = re.compile(
    r"admin:|account_|mfa_|accounts:(make_token|revoke_token)|api:cancel|submissions:(cancel|withdraw|restore|choose"
    r"|unchoose)|teams:(?!found|join)"
)
ASKED_FOR_IN_VAIN = (
    "?ordering=-score",
    "?ordering=scores",
    "?score__gt=0.5",
    "?scores__peak_iou__gt=0.5",
    "?search=9",
)


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
    for evaluation, level in zip(
        Evaluation.objects.filter(state="scored").order_by("pk"), (0.91, 0.13, 0.55), strict=True
    ):
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


def every_address(scored, hidden, alice) -> list[str]:
    """Every address that shows something, with what it needs."""
    here = [hidden.track.slug, hidden.slug]
    arguments = arguments_of(scored, hidden, alice)
    names = [name for name in names_in(get_resolver()) if not NO_CHANNEL.match(name)]
    urls = [reverse(name, args=each) for name in names for each in arguments.get(name, [[]])]
    narrowed = [f"{reverse('api:submissions')}{query}" for query in ASKED_FOR_IN_VAIN]
    board, as_json = hidden.get_absolute_url(), reverse("api:leaderboard", args=[hidden.pk])
    read = [f"{board}{query}" for query in ("?sort=peak_iou&dir=asc", "?find=a", "?show=rank")]
    past = [f"{url}?at={timezone.now():%Y-%m-%dT%H:%M:%SZ}" for url in (board, as_json, f"{board}export.csv")]
    curves = reverse("leaderboard:curves", args=here)
    keys = [f"e{each.evaluations.get().pk.hex}" for each in scored]
    named = [f"{curves}?bands=1&t=9&teams={key}" for key in keys] + [f"{board}export.svg?teams={keys[0]}"]
    return [*urls, *narrowed, *read, *past, *named, *beside(scored, here), f"{as_json}?curves=1"]


def arguments_of(scored, hidden, alice) -> dict[str, list[list[object]]]:
    here, of_split = [hidden.track.slug, hidden.slug], [hidden.track.slug, hidden.split]
    return {
        "site:track": [here[:1]],
        "site:manifest": [of_split],
        "site:sample": [of_split],
        "leaderboard:board": [here],
        "leaderboard:curves": [here],
        "submissions:submit": [here],
        "submissions:pseudonym": [here],
        "submissions:submission_of_form": [["0123456789abcdef"]],
        "site:submission": [[each.pk] for each in scored],
        "site:submission_live": [[each.pk] for each in scored],
        "site:problem": [["bad_mode"]],
        "submissions:archive": [[each.pk] for each in scored],
        "submissions:problems": [[each.pk] for each in scored],
        "submissions:problems_csv": [[each.pk] for each in scored],
        "teams:join": [[invite(captain=alice).pk]],
        "leaderboard:board_export": [[*here, each.extension] for each in FORMATS],
        "leaderboard:archive_export": [[1, "csv"]],
        "leaderboard:classes": [here],
        "leaderboard:classes_export": [[*here, each.extension] for each in CLASS_FORMATS],
        **of_pairs(here),
        **of_the_desk(hidden),
        "leaderboard:phase_feed": [here],
        "decisions:submission": [[each.pk] for each in scored],
        "decisions:review": [[each.pk] for each in scored],
        "decisions:undo_review": [[1]],
        "decisions:dismiss_look_alike": [[1]],
        "decisions:reopen_look_alike": [[1]],
        "decisions:end_lock": [[1]],
        **{f"decisions:{page}": [[alice.membership.team_id]] for page in ("team", "rename", "grant")},
        "api:admin_review": [[each.pk] for each in scored],
        **{f"api:admin_{act}": [[alice.membership.team_id]] for act in ("team_locks", "rename", "grant")},
        "api:track": [here[:1]],
        "api:phase": [[hidden.pk]],
        "api:leaderboard": [[hidden.pk]],
        "api:manifest": [[hidden.pk]],
        "api:submission": [[each.pk] for each in scored],
        "api:problems": [[each.pk] for each in scored],
    }


def of_the_desk(hidden: Phase) -> dict[str, list[list[object]]]:
    """The organisers' addresses of ground truth, re-scores and the desk: only organisers get as far as a row."""
    rule, rescore = hidden.published_rule(), Rescore.objects.get()
    pages = {f"ground_truth:{page}": [[rule.ground_truth_id]] for page in ("detail", "live", "publish", "remove")}
    acts = {f"api:admin_{act}_truth": [[rule.ground_truth_id]] for act in ("publish", "remove")}
    of_rescore = [*(f"rescores:{page}" for page in OF_A_RESCORE), *(f"api:{act}" for act in ACTS_ON_A_RESCORE)]
    return (
        pages
        | acts
        | {name: [[rescore.pk]] for name in of_rescore}
        | {
            "ground_truth:upload": [[hidden.track.slug]],
            "rescores:start": [[rule.ground_truth_id]],
            "rescores:options": [[rule.pk]],
            "rescores:picture": [[rescore.pk, 0, "old"]],
            "desk:run_again": [[Evaluation.objects.filter(state="scored").first().pk]],
            "desk:retry_mail": [[OutboxEmail.objects.first().pk]],
            "desk:show_again": [[1]],
            **of_cases(),
            "public_announcements:one": [[1]],
            **{f"announcements:{page}": [[1]] for page in ("one", "edit", "send", "discard", "end_banner")},
            **{f"api:admin_{act}": [[1]] for act in ("end_lock", "undo_review", "send_announcement")},
        }
    )


def of_cases() -> dict[str, list[list[object]]]:
    case = VerificationCase.objects.with_rows().get()
    return {name: [keys] for name, keys in arguments_of_cases(case, case).items()}


ACTS_ON_A_RESCORE = ("rescore", "publish_rescore", "drop_rescore")


def of_pairs(here: list[str]) -> dict[str, list[list[str]]]:
    pages = {"leaderboard:compare": [here], "leaderboard:significance": [here]}
    return pages | {"leaderboard:significance_export": [[*here, each.extension] for each in SIGNIFICANCE_FORMATS]}


def beside(scored, here: list[str]) -> list[str]:
    """Rows against each other, also as files and in the order of what is hidden."""
    first, *_, last = (each.evaluations.get().pk for each in scored)
    two, pages = f"?team={first}&against={last}&sort=-difference", reverse("leaderboard:classes", args=here)
    together = f"{reverse('leaderboard:compare', args=here)}?rows={first}&rows={last}"
    return [f"{pages}{two}", f"{pages}export.json{two}", f"{pages}?sort=-iou", together]


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


def bare(answer) -> tuple[int, dict[str, str], str]:
    body = b"".join(answer) if answer.streaming else answer.content
    text = OF_THE_MOMENT.sub("", body.decode("latin-1"))
    headers = {
        name: value for name, value in answer.headers.items() if name not in {"Set-Cookie", "Date", "Expires"}
    }
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


@pytest.mark.parametrize("results", [Phase.Results.AT_ONCE, Phase.Results.BY_ORGANISER])
@pytest.mark.parametrize("who", READERS)
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
    assert {reverse("leaderboard:classes", args=here), *files, *beside(in_classes, here)} == differ


def test_organisers_see_the_hidden_scores(differing, channels, organiser, scored):
    differ = differing("organiser", channels, other_numbers)
    for each in scored:
        assert each.get_absolute_url() in differ
        assert reverse("api:submission", args=[each.pk]) in differ


def test_once_shown_everyone_sees_them(ask, differing, channels, hidden, scored, organiser):
    board, here = hidden.get_absolute_url(), [hidden.track.slug, hidden.slug]
    assert "not shown yet" in ask("visitor", [board])[board][2]
    assert services.show_results(hidden, by=organiser)
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


def test_showing_twice_keeps_when_it_was_done_first(hidden, organiser):
    assert services.show_results(hidden, by=organiser)
    hidden.refresh_from_db()
    first = hidden.results_shown_at
    assert not services.show_results(hidden, by=organiser)
    hidden.refresh_from_db()
    assert hidden.results_shown_at == first


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
