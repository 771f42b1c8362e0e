"""Scoring whole splits: any number of processes, any order, per-image counts, and what a dying child does."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest
from factories import pngs, random_split, write_folder, write_zip

from evaluator.engine import evaluate
from evaluator.groundtruth import open_ground_truth
from evaluator.per_image_counts import read_per_image_counts
from evaluator.rle import Rle
from evaluator.scorers import SCORERS, make

ROOT = Path(__file__).resolve().parents[2]
NUMBER = 200  # images: several chunks


@pytest.fixture(params=SCORERS)
def split(request, tmp_path):
    """(scorer, ground truth open, submission): a random split larger than a chunk."""
    truth, predictions = random_split(request.param, NUMBER)
    write_folder(tmp_path / "truth", pngs(truth))
    submission = write_zip(tmp_path / "submission.zip", pngs(predictions))
    scorer = make(request.param, {})
    with open_ground_truth(tmp_path / "truth", scorer) as ground_truth:
        yield scorer, ground_truth, submission


def test_one_two_and_three_processes_give_equal_bits(split):
    _, truth, submission = split
    results = {evaluate(submission, truth, jobs=jobs)[0].to_json() for jobs in (1, 2, 3)}
    assert len(results) == 1


def test_the_order_of_the_files_does_not_matter(split, tmp_path):
    scorer, truth, submission = split
    _, predictions = random_split(scorer.NAME, NUMBER)
    backwards = write_zip(tmp_path / "backwards.zip", list(reversed(pngs(predictions).items())))
    assert evaluate(backwards, truth) == evaluate(submission, truth)


def test_the_whole_split_is_counted_as_by_hand(split):
    scorer, truth, submission = split
    truths, predictions = random_split(scorer.NAME, NUMBER)
    total = sum(scorer.count(np.uint8(predictions[name]), Rle.encode(np.uint8(truths[name]))) for name in truths)
    assert evaluate(submission, truth)[0].scores == scorer.compute(total)


def test_per_image_counts_come_back_from_their_file_and_sum_to_the_scores(split, tmp_path):
    scorer, truth, submission = split
    result, per_image = evaluate(submission, truth, jobs=2, keep_counts=True)
    per_image.write(tmp_path / "stats")
    read = read_per_image_counts(tmp_path / "stats")
    assert make(read.scorer, read.options) == scorer
    assert read.ids == tuple(image.id for image in truth.manifest.images)
    assert np.array_equal(read.counts, per_image.counts)
    assert scorer.compute(read.total()) == result.scores


def test_the_file_of_per_image_counts_holds_what_its_documentation_says(split, tmp_path):
    scorer, truth, submission = split
    evaluate(submission, truth, keep_counts=True)[1].write(tmp_path / "stats.npz")
    with np.load(tmp_path / "stats.npz", allow_pickle=False) as file:
        names = {"ids", "scorer", "options", "shape", "fingerprints"}
        if scorer.SPARSE:
            assert set(file) == names | {"indptr", "indices", "data"}
            assert len(file["indptr"]) == NUMBER + 1
            assert file["indptr"][-1] == len(file["indices"]) == len(file["data"])
        else:
            assert set(file) == names | {"counts"}
            assert file["counts"].shape == (NUMBER, 2, 256)


def test_progress_ends_with_the_last_image_of_each_stage(split):
    _, truth, submission = split
    seen = []
    evaluate(submission, truth, jobs=2, progress=lambda *step: seen.append(step))
    assert [step for step in seen if step[1] == NUMBER] == [
        ("checking", NUMBER, NUMBER),
        ("scoring", NUMBER, NUMBER),
    ]
    assert all(done <= total == NUMBER for _, done, total in seen)


SLOW_SCORER = """
    import os
    import time
    from pathlib import Path
    from evaluator.engine import evaluate
    from evaluator.groundtruth import open_ground_truth
    from evaluator.scorers import make
    from evaluator.scorers.segmentation import Segmentation

    def count(self, prediction, truth):
        os.write(1, b"%d\\n" % os.getpid())
        time.sleep(60)

    with open_ground_truth(Path({truth!r}), make("segmentation", {{}})) as truth:
        Segmentation.count = count
        evaluate(Path({submission!r}), truth, jobs=2)
"""


@pytest.fixture
def slow_run(tmp_path):
    """A process whose two children have begun to count and will not end: (process, their ids)."""
    truth, predictions = random_split("segmentation", NUMBER)
    write_folder(tmp_path / "truth", pngs(truth))
    submission = write_zip(tmp_path / "submission.zip", pngs(predictions))
    script = SLOW_SCORER.format(truth=str(tmp_path / "truth"), submission=str(submission))
    command = [sys.executable, "-c", textwrap.dedent(script)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, cwd=ROOT, text=True, **pipes) as process:
        try:
            yield process, [int(process.stdout.readline()) for _ in range(2)]
        finally:
            process.kill()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent died")
def test_children_die_with_their_parent(slow_run):
    process, children = slow_run
    process.kill()
    process.wait()
    deadline = time.monotonic() + 5
    while any(map(is_alive, children)):
        assert time.monotonic() < deadline, "a child outlived its parent"
        time.sleep(0.02)


def is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_killed_child_ends_the_run_instead_of_hanging_it(slow_run):
    process, children = slow_run
    os.kill(children[0], signal.SIGKILL)
    _, stderr = process.communicate(timeout=10)
    assert process.returncode != 0
    assert "BrokenProcessPool" in stderr
