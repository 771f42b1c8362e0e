"""Of each rank move, a re-score says whether the teams that change places are significantly different."""

import csv
import json
import subprocess
import sys
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db.models import F
from django.db.models.functions import Now
from django.urls import reverse

from leaderboard.intervals.values import RankInterval
from leaderboard.ranking.rank import Candidate, RankedCandidate
from server.acts import fingerprint
from server.rescores import publication, services, significance_job, tasks
from server.rescores.models import Rescore
from server.rescores.moves import moves_of
from server.rescores.significance_job import compute_next
from server.rescores.table import changes_of
from server.submissions import transitions
from tests.intervals import measured
from tests.rescoring import DryRun, corrected, finish, started

REASON = "One mask was upside down."


@pytest.fixture
def board(phase, have_scored, alice, charlie):
    """Alice before Charlie."""
    return have_scored(alice, 0.5), have_scored(charlie, 0.4)


@pytest.fixture
def dry_run(board, truths, truth, phase, organiser) -> DryRun:
    return started(corrected(truths, truth), [phase], organiser)


@pytest.fixture
def far_apart(dry_run, board) -> DryRun:
    """By the new rule Charlie is far ahead of Alice."""
    dry_run.measure({board[0]: (0.4, 1), board[1]: (0.9, 2)})
    return dry_run


def alike(rule) -> list[tuple[float, int]]:
    """Two equal methods, the one that scores higher first."""
    return sorted([(0.5, 1), (0.5, 2)], key=lambda each: -measured(rule, each[0], seed=each[1])[0]["mean_iou"])


def table_of(dry_run, phase):
    return changes_of(Rescore.objects.select_related("rule").get(pk=dry_run.rescore.pk), [phase])[phase]


def told(dry_run, phase) -> dict[str, tuple]:
    rows = table_of(dry_run, phase).rows
    return {
        row.submission.team.name: (row.old_rank, row.new_rank, row.move.interval.text, row.move.sentence)
        for row in rows
        if row.move
    }


def by_hand(submissions, rule) -> dict[str, dict]:
    """The ranks that the command line says these submissions have by the rule."""
    evaluations = {one.team.name: one.evaluations.get(rule=rule) for one in submissions}
    files = [f"{name}={evaluation.statistics_path}" for name, evaluation in evaluations.items()]
    command = [sys.executable, "-m", "evaluator", "uncertainty", *files, "--json"]
    done = subprocess.run(command, cwd=settings.BASE_DIR, capture_output=True, text=True, check=True)
    return {team["name"]: team["place"] for team in json.loads(done.stdout.splitlines()[-1])["teams"]}


@pytest.mark.django_db
def test_a_move_between_clearly_different_teams(far_apart, board, phase):
    """Also where the phase shows no intervals and no results: organisers alone read this."""
    phase.shows_intervals, phase.results = False, phase.Results.BY_ORGANISER
    phase.save()
    assert "is being computed" in table_of(far_apart, phase).note
    assert compute_next()
    assert table_of(far_apart, phase).note == ""
    assert told(far_apart, phase) == {
        "alices": (1, 2, "2", "significantly different from the team that passed it: charlies"),
        "charlies": (2, 1, "1", "significantly different from the team it passed: alices"),
    }
    found = by_hand(board, far_apart.rescore.rule)
    stored = Rescore.objects.get().significance[str(phase.pk)]["ranks"]
    assert sorted(stored.values(), key=lambda rank: rank["rank"]) == [found["charlies"], found["alices"]]
    assert not compute_next()


@pytest.mark.django_db
def test_a_move_between_nearly_equal_teams(dry_run, board, phase):
    better, worse = alike(dry_run.rescore.rule)
    dry_run.measure({board[0]: worse, board[1]: better})
    assert compute_next()
    assert told(dry_run, phase) == {
        "alices": (1, 2, "1–2", "not significantly different from the team that passed it"),
        "charlies": (2, 1, "1–2", "not significantly different from the team it passed"),
    }
    assert table_of(dry_run, phase).significant_moves == 0


@pytest.mark.django_db
def test_below_30_images_it_is_withheld_and_the_reason_stands_above_the_table(dry_run, board, phase):
    dry_run.measure({board[0]: (0.4, 1), board[1]: (0.9, 2)}, images=29)
    assert compute_next()
    table = table_of(dry_run, phase)
    assert "The split has fewer than 30 images (29)" in table.note
    assert (told(dry_run, phase), table.significant_moves) == ({}, None)
    assert not compute_next()


@pytest.mark.django_db
def test_it_waits_until_the_dry_run_is_complete(dry_run, board, phase):
    dry_run.measure({board[0]: (0.4, 1)})
    assert not compute_next()
    assert "once the new rule has scored every row" in table_of(dry_run, phase).note


@pytest.mark.django_db
def test_a_stale_result_is_not_shown_and_computed_again(far_apart, phase, submitted, charlie):
    assert compute_next()
    newest = submitted(charlie)
    finish(transitions.claim("a worker"), 0.35)
    services.queue_missing(far_apart.rescore)
    far_apart.measure({newest: (0.99, 3)})
    assert "is being computed" in table_of(far_apart, phase).note
    assert told(far_apart, phase) == {}
    assert compute_next()
    assert table_of(far_apart, phase).note == ""
    assert told(far_apart, phase)["charlies"][1:3] == (1, "1")
    new = newest.evaluations.get(rule=far_apart.rescore.rule)
    assert str(new.pk) in Rescore.objects.get().significance[str(phase.pk)]["ranks"]


@pytest.mark.django_db
def test_a_worker_that_lost_its_lease_writes_nothing(far_apart, monkeypatch):
    real = significance_job.compute

    def slow(*arguments):
        found = real(*arguments)
        Rescore.objects.update(fence=F("fence") + 1)
        return found

    monkeypatch.setattr(significance_job, "compute", slow)
    assert compute_next()
    assert Rescore.objects.get().significance == {}
    Rescore.objects.update(lease_until=None)
    monkeypatch.undo()
    assert compute_next()
    assert Rescore.objects.get().significance


@pytest.mark.django_db
def test_missing_statistics_are_named_and_tried_again_later(far_apart, board, phase):
    path = board[0].evaluations.get(rule=far_apart.rescore.rule).statistics_path
    path.rename(path.with_suffix(".away"))
    assert compute_next()
    note = table_of(far_apart, phase).note
    assert "cannot be computed" in note
    assert "1 of 2 submissions" in note
    assert publication.preview_publication(far_apart.rescore, [phase]).phases[0].moved_teams == 2
    path.with_suffix(".away").rename(path)
    assert not compute_next()
    Rescore.objects.update(not_before=Now())
    assert compute_next()
    assert table_of(far_apart, phase).significant_moves == 2


@pytest.mark.django_db
def test_page_csv_api_preview_and_command_line_say_the_same(far_apart, phase, as_role, program_of, capsys):
    browser, program, key = as_role("organiser"), program_of("acting"), far_apart.rescore.pk
    page = reverse("rescores:rescore", args=[key])
    assert "is being computed" in browser.get(page).content.decode()
    before = publication.preview_publication(far_apart.rescore, [phase])
    assert compute_next()
    text = " ".join(browser.get(page).content.decode().split())
    assert "interval 1</span>" in text
    assert "significantly different from the team it passed: alices" in text
    lines = b"".join(browser.get(reverse("rescores:table", args=[key]))).decode("utf-8-sig").splitlines()
    row = next(row for row in csv.DictReader(lines) if row["team"] == "charlies")
    columns = ("old_rank", "new_rank", "new_rank_low", "new_rank_high", "significantly_different")
    assert [row[name] for name in columns] == ["2", "1", "1", "1", "yes"]
    assert row["significantly_different_from"] == "alices"
    answer = program.get(reverse("api:rescore", args=[key])).json()["tables"][0]
    of_charlie = next(row for row in answer["rows"] if row["team"] == "charlies")
    assert [of_charlie[name] for name in columns] == [2, 1, 1, 1, True]
    assert (of_charlie["significantly_different_from"], answer["note"]) == (["alices"], "")
    sent = {"phases": [phase.pk], "reason": REASON}
    text = browser.post(reverse("rescores:publish", args=[key]), sent).content.decode()
    assert "2 of these moves are between significantly different teams." in text
    call_command("rescore", "show", str(key)[:8])
    assert "rank 2 → 1 (interval 1; significantly different from the team it" in capsys.readouterr().out
    after = publication.preview_publication(Rescore.objects.get(), [phase])
    assert fingerprint(before) == fingerprint(after)


@pytest.mark.django_db
def test_a_worker_is_sent_a_task_once_a_minute_while_it_waits(far_apart, monkeypatch):
    Rescore.objects.update(differences={})
    sent = []
    monkeypatch.setattr(tasks.compare_packs, "apply_async", lambda **_: sent.append(1))
    follower = tasks.RescoreFollower()
    follower.follow(0)
    follower.follow(0)
    assert len(sent) == 1
    tasks.compare_packs()
    assert Rescore.objects.get().significance
    tasks.RescoreFollower().follow(1)
    assert len(sent) == 1


@pytest.mark.django_db
def test_a_comparison_of_packs_that_fails_does_not_keep_it_back(far_apart, monkeypatch):
    Rescore.objects.update(last_error="A pack is gone.")
    monkeypatch.setattr(tasks, "compare_next", lambda: True)
    tasks.compare_packs()
    assert Rescore.objects.get().significance


# Which teams change places


def rows(**ranks) -> list[RankedCandidate]:
    return [
        RankedCandidate(Candidate(TEAMS[name].key, TEAMS[name].team, 0, None), rank)
        for name, rank in sorted(ranks.items(), key=lambda each: each[1])
    ]


TEAMS = {name: SimpleNamespace(key=uuid4(), team=uuid4()) for name in "abcd"}
NAMES = {one.team: name for name, one in TEAMS.items()}


def sentence(name, old, new, indistinct) -> str:
    """What is said of a team; `indistinct` are pairs of names, as all others are significantly different."""
    ranks = {row.candidate.key: row.rank for row in rows(**new)}

    def of(one) -> tuple[int, ...]:
        return tuple(new[other] for pair in indistinct if one in pair for other in pair if other != one)

    intervals = {
        TEAMS[one].key: RankInterval(ranks[TEAMS[one].key], 1, 4, of(one), may_be_best=False) for one in new
    }
    return moves_of(rows(**old), rows(**new), intervals, NAMES)[TEAMS[name].key].sentence


def test_only_some_of_the_passed_teams_are_different():
    old, new = {"a": 1, "b": 2, "c": 3, "d": 4}, {"d": 1, "a": 2, "b": 3, "c": 4}
    assert sentence("d", old, new, ["da"]) == "significantly different from 2 of the 3 teams it passed: b, c"
    assert sentence("b", old, new, ["da"]) == "significantly different from the team that passed it: d"


def test_a_newcomer_passes_those_below_it_and_who_left_passes_nobody():
    assert sentence("d", {"a": 1}, {"d": 1, "a": 2}, []).endswith("the team it passed: a")
    assert sentence("b", {"a": 1, "b": 2}, {"b": 1}, []) == "passed no team"


def test_of_a_shared_rank_the_right_team_is_meant():
    """a is distinct from b and not from c, which share a rank: b itself says that it is."""
    old, new = {"b": 1, "c": 1, "a": 3}, {"a": 1, "b": 2, "c": 2}
    assert sentence("a", old, new, ["ac"]) == "significantly different from 1 of the 2 teams it passed: b"
