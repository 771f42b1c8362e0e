"""A worker that freezes until its lease has expired and then resumes: it changes nothing that another one did."""

import shutil
from itertools import islice
from pathlib import Path

import pytest
from django.conf import settings

from leaderboard.intervals.queries import intervals_of
from leaderboard.models import Interval, IntervalJob
from server.leases import work_name
from server.site import demo_data
from server.tracks.models import GroundTruth, Phase, ScoringRule
from server.tracks.services import draft_ground_truth
from tests.ground_truths import LARGE, generated, write
from tests.processes import Worker, eventually, is_frozen

pytestmark = [pytest.mark.both_setups, pytest.mark.django_db(transaction=True)]
IMAGES = 250  # of the large ones: some seconds of packing
LONG_ENOUGH = 60  # seconds, for a worker that is not to lose its lease
LOST = "was claimed by another worker"


@pytest.fixture
def draft(tracks, tmp_path) -> GroundTruth:
    """A zip as the admin takes it in, which is deleted once it is packed."""
    few = dict(islice(generated("segmentation", "test", LARGE).images.items(), IMAGES))
    write(demo_data.Split("segmentation", few), tmp_path / "pictures")
    settings.GROUND_TRUTH_DRAFTS_DIR.mkdir(parents=True)
    zipped = shutil.make_archive(str(settings.GROUND_TRUTH_DRAFTS_DIR / "upload"), "zip", tmp_path / "pictures")
    return draft_ground_truth(
        track=tracks["segmentation"], split="test", source=Path(zipped), options={}, publish=True
    )


@pytest.fixture
def board(submitted, alice, charlie, truth, phase) -> Phase:
    """A board that is to have intervals once its two submissions are scored."""
    submitted(alice, content=truth.guessed(0.9))
    submitted(charlie, content=truth.guessed(0.4))
    return phase


def now() -> GroundTruth:
    return GroundTruth.objects.get()


def files() -> dict[Path, tuple[int, int]]:
    """Every file of packing, with what tells whether it was touched."""
    folders = (settings.WORK_DIR, settings.GROUND_TRUTH_DIR, settings.PUBLIC_DIR, settings.GROUND_TRUTH_DRAFTS_DIR)
    found = (path for folder in folders for path in folder.rglob("*") if path.is_file())
    return {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in found}


def packs(worker: Worker, fence: int) -> bool:
    return now().fence == fence and worker.evaluator() is not None


def test_a_worker_that_wakes_up_while_another_packs_leaves_it_its_lease_and_its_folder(start_worker, draft):
    frozen = start_worker()
    eventually(lambda: packs(frozen, 1))
    frozen.freeze()
    other = start_worker(LEASE_SECONDS=LONG_ENOUGH)
    eventually(lambda: packs(other, 2))
    other.freeze()
    held, row = settings.WORK_DIR / work_name(now()), GroundTruth.objects.values().get()
    frozen.thaw()
    eventually(lambda: LOST in frozen.output())
    assert GroundTruth.objects.values().get() == row
    eventually(lambda: list(settings.WORK_DIR.iterdir()) == [held])
    other.thaw()
    eventually(lambda: now().state == GroundTruth.State.READY)
    assert (now().fence, now().problem, ScoringRule.objects.count()) == (2, "", 1)
    assert now().pack_path.is_file()
    eventually(lambda: not Path(draft.source).exists())


def test_a_worker_that_wakes_up_after_another_packed_leaves_the_pack_as_it_is(start_worker, draft):
    frozen = start_worker(LID_FAILPOINTS=1, FAILPOINTS="packed_not_installed:freeze")
    eventually(lambda: any(map(is_frozen, frozen.offspring())))
    start_worker()
    eventually(lambda: now().state == GroundTruth.State.READY)
    left = [settings.WORK_DIR / work_name(now()), Path(draft.source)]  # which it removes once the row is saved
    eventually(lambda: not any(path.exists() for path in left))
    row, before = GroundTruth.objects.values().get(), files()
    own = {path for path in before if settings.WORK_DIR in path.parents}
    frozen.thaw()
    eventually(lambda: LOST in frozen.output())
    assert GroundTruth.objects.values().get() == row
    assert row["fence"] == 2
    assert files() == {path: facts for path, facts in before.items() if path not in own}
    assert ScoringRule.objects.count() == 1


def test_a_worker_that_wakes_up_after_another_computed_the_intervals_leaves_them_as_they_are(start_worker, board):
    frozen = start_worker(INTERVALS_AFTER_SECONDS=0.5, LID_FAILPOINTS=1, FAILPOINTS="intervals_not_stored:freeze")
    eventually(lambda: any(map(is_frozen, frozen.offspring())), 60)
    start_worker(INTERVALS_AFTER_SECONDS=0.5)
    eventually(lambda: (known := intervals_of(board)) and known.current, 60)
    stored = [list(rows.values()) for rows in (IntervalJob.objects, Interval.objects.order_by("pk"))]
    frozen.thaw()
    eventually(lambda: LOST in frozen.output())
    assert [list(rows.values()) for rows in (IntervalJob.objects, Interval.objects.order_by("pk"))] == stored
    assert IntervalJob.objects.get().fence == 2
