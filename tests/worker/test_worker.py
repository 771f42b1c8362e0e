"""The worker as a process of its own: it scores, says what is wrong, and heals whatever is killed."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from urllib.request import urlopen

import pytest
from django.conf import settings

from server.submissions.models import Evaluation
from server.tracks.models import GroundTruth
from server.tracks.services import draft_ground_truth
from tests.processes import eventually, is_alive

pytestmark = [pytest.mark.both_setups, pytest.mark.django_db(transaction=True)]
MANY = 1500  # images: about two seconds of scoring
LEASE_AND_SWEEP = 3 + 0.3


@pytest.fixture
def many(install_truth):
    return install_truth("localization", images=MANY)


@pytest.fixture
def long_one(many, open_phase, submitted, alice) -> Evaluation:
    """A submission that takes some seconds to score."""
    return submitted(alice, phase=open_phase("localization"), content=many.guessed(0.7)).evaluations.get()


@pytest.fixture
def under_way(long_one, worker):
    """A worker that is scoring the long one; with what it runs for that."""
    eventually(lambda: state_of(long_one) == "running" and worker.evaluator(), 15)
    return worker


def state_of(evaluation: Evaluation) -> str:
    return Evaluation.objects.values_list("state", flat=True).get(pk=evaluation.pk)


def fresh(evaluation: Evaluation) -> Evaluation:
    return Evaluation.objects.select_related("submission", "rule__ground_truth").get(pk=evaluation.pk)


def ended_as(state: str, evaluation: Evaluation, seconds: float = 20) -> Evaluation:
    """The evaluation when it came to this state; a failure where it ends as another."""
    final = {"scored", "rejected", "failed", "cancelled"}
    eventually(lambda: state_of(evaluation) in final, seconds)
    ended = fresh(evaluation)
    assert (ended.state, ended.last_error) == (state, ended.last_error)
    return ended


def holds_slot(evaluation: Evaluation) -> bool:
    return evaluation.submission.slots.filter(returned_at=None).exists()


def scored_by_hand(evaluation: Evaluation) -> dict:
    """What the evaluator's command line says of the stored archive."""
    rule = evaluation.rule
    archive, pack = evaluation.submission.archive_path, rule.ground_truth.pack_path
    command = ["score", rule.scorer, archive, "--ground-truth", pack, "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "evaluator", *map(str, command)],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])["scores"]


def test_a_real_zip_gets_the_scores_that_the_command_line_prints(worker, submitted, alice):
    scored = ended_as("scored", submitted(alice).evaluations.get())
    expected = scored_by_hand(scored)
    assert scored.per_class == expected.pop("per_class")
    assert scored.scores == expected
    assert 0 < scored.scores["mean_iou"] < 1
    assert (scored.fence, scored.failures) == (1, 0)
    assert scored.statistics_path.is_file()
    assert [event.after for event in scored.events.all()] == ["queued", "running", "scored"]
    assert holds_slot(scored)
    assert list(settings.WORK_DIR.iterdir()) == []


def test_progress_is_seen_while_it_scores(under_way, long_one):
    midway = eventually(lambda: 0 < (now := fresh(long_one)).done < MANY and now.state == "running" and now)
    assert midway.total == MANY
    assert midway.stage in {"checking", "scoring"}
    ended_as("scored", long_one)


def test_a_rejected_zip_names_every_file_and_gives_the_slot_back(worker, submitted, alice, truth):
    rejected = ended_as("rejected", submitted(alice, content=truth.mistaken()).evaluations.get())
    assert sorted(problem["file"] for problem in rejected.problems) == sorted(truth.file_names)
    assert {problem["code"] for problem in rejected.problems} == {"bad_mode"}
    assert rejected.problem_count == len(truth.file_names)
    assert rejected.scores is None
    assert not holds_slot(rejected)


def test_an_archive_whose_bytes_changed_fails_at_once_and_gives_the_slot_back(start_worker, submitted, alice):
    submission = submitted(alice)
    content = bytearray(submission.archive_path.read_bytes())
    content[len(content) // 2] ^= 1
    submission.archive_path.write_bytes(content)
    start_worker()
    failed = ended_as("failed", submission.evaluations.get())
    assert "sha256" in failed.last_error
    assert failed.fence == 1
    assert not holds_slot(failed)


def test_an_archive_that_is_gone_fails_after_three_retries(start_worker, submitted, alice):
    submission, good = submitted(alice), submitted(alice)
    submission.archive_path.unlink()
    start_worker()
    failed = ended_as("failed", submission.evaluations.get())
    assert failed.failures == 4
    ended_as("scored", good.evaluations.get())
    assert "FileNotFoundError" in failed.last_error
    assert not holds_slot(failed)


def test_a_killed_evaluator_is_tried_again(under_way, long_one):
    os.kill(under_way.evaluator(), signal.SIGKILL)
    scored = ended_as("scored", long_one)
    assert scored.failures == 1
    assert scored.scores == {key: scored_by_hand(scored)[key] for key in scored.scores}
    assert holds_slot(scored)


def test_a_killed_worker_leaves_nothing_running_and_the_next_one_heals_it(under_way, long_one, start_worker):
    offspring = under_way.offspring()
    assert offspring
    os.kill(under_way.pid, signal.SIGKILL)
    eventually(lambda: not any(map(is_alive, offspring)), 5)
    died = time.monotonic()
    assert state_of(long_one) == "running"
    start_worker()
    eventually(lambda: fresh(long_one).fence == 2, LEASE_AND_SWEEP + 8)
    assert time.monotonic() - died < LEASE_AND_SWEEP + 8
    scored = ended_as("scored", long_one)
    assert (scored.fence, scored.failures) == (2, 1)
    assert scored.submission.slots.count() == 1


def test_a_worker_that_is_told_to_stop_ends_within_thirty_seconds_and_loses_nothing(under_way, long_one):
    os.kill(under_way.pid, signal.SIGTERM)
    under_way.process.wait(30)
    after = fresh(long_one)
    assert after.state in {"scored", "queued"}
    assert after.failures == 0
    assert holds_slot(after)


def test_two_workers_score_each_submission_once(start_worker, submitted, alice, charlie):
    evaluations = [submitted(person).evaluations.get() for person in (alice, charlie) for _ in range(2)]
    start_worker()
    start_worker()
    for evaluation in evaluations:
        assert ended_as("scored", evaluation).fence == 1


def test_a_draft_is_packed_and_published(worker, tracks, truths, tmp_path, install_truth):
    pictures = tmp_path / "pictures"
    install_truth("segmentation").split.write(pictures)
    shutil.rmtree(settings.GROUND_TRUTH_DIR)
    draft = draft_ground_truth(
        track=tracks["segmentation"], split="val", source=pictures, options={}, publish=True
    )
    eventually(lambda: GroundTruth.objects.get(pk=draft.pk).state not in {"draft", "packing"})
    packed = GroundTruth.objects.get(pk=draft.pk)
    assert (packed.state, packed.image_count) == ("ready", 12)
    assert packed.pack_path.is_file()
    assert eventually(packed.rules.first).state == "published"


def test_a_hint_is_heard_long_before_the_next_sweep(start_worker, submitted, alice):
    if settings.EMBEDDED:
        pytest.skip("the embedded broker lives in the worker: there is nothing to send a hint by")
    start_worker(SWEEP_SECONDS=300)
    ended_as("scored", submitted(alice).evaluations.get(), 15)


def test_the_web_server_and_the_worker_share_database_and_folders(web, worker, submitted, alice):
    scored = ended_as("scored", submitted(alice).evaluations.get())
    board = f"{web.url}{scored.submission.phase.get_absolute_url()}"
    with urlopen(board) as page:  # noqa: S310
        assert f"{100 * scored.scores['mean_iou']:.2f}" in page.read().decode()
