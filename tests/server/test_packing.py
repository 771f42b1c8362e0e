"""Packing under a lease: who lost it changes nothing, who stops returns the draft; then publishing."""

import shutil
from functools import partial
from pathlib import Path

import pytest

from server import leases
from server.files import work_folder
from server.leases import LeaseKeeper, LeaseLost, work_name
from server.tracks import packing
from server.tracks.models import GroundTruth, ScoringRule
from server.tracks.services import draft_ground_truth
from tests.ground_truths import generated, write

pytestmark = [pytest.mark.django_db, pytest.mark.both_setups]


@pytest.fixture
def draft(tracks, tmp_path, settings) -> GroundTruth:
    """A draft as the admin takes it in: a zip that is deleted once it is packed."""
    write(generated("segmentation", "test", 3), tmp_path / "pictures")
    settings.GROUND_TRUTH_DRAFTS_DIR.mkdir(parents=True)
    zipped = shutil.make_archive(str(settings.GROUND_TRUTH_DRAFTS_DIR / "upload"), "zip", tmp_path / "pictures")
    track = tracks["segmentation"]
    return draft_ground_truth(track=track, split="test", source=zipped, options={}, publish=True)


def claimed_after(lost: GroundTruth) -> GroundTruth:
    """The draft in the hands of the worker that takes it over."""
    GroundTruth.objects.update(lease_until=lost.created_at)
    return packing.claim(GroundTruth.objects.get(pk=lost.pk))


def all_there_is(settings) -> dict[str, object]:
    """The row, and every file and folder of packing."""
    places = (settings.WORK_DIR, settings.GROUND_TRUTH_DIR, settings.PUBLIC_DIR, settings.GROUND_TRUTH_DRAFTS_DIR)
    files = sorted(path for place in places for path in place.rglob("*"))
    return GroundTruth.objects.values().get() | {"files": files, "rules": ScoringRule.objects.count()}


def renew(lost: GroundTruth) -> None:
    keeper = LeaseKeeper(lost)
    keeper.must_write = 0.0  # as if a sixth of the lease were over
    with pytest.raises(LeaseLost):
        keeper.tick("packing", 1, 2)


def give_up(lost: GroundTruth) -> None:
    packing._give_up(lost, "the draft is gone")


@pytest.mark.parametrize("late", [renew, give_up, packing.pack])
def test_a_lost_worker_changes_nothing_of_what_another_is_packing(draft, settings, late):
    lost = packing.claim(draft)
    present = claimed_after(lost)
    with work_folder(work_name(present)) as folder:
        (folder / "pack").touch()
        before = all_there_is(settings)
        late(lost)
        assert all_there_is(settings) == before
    assert present.fence == lost.fence + 1


@pytest.mark.parametrize("late", [renew, give_up, packing.pack])
def test_a_lost_worker_changes_nothing_of_what_another_has_packed(draft, settings, late):
    lost = packing.claim(draft)
    kept = settings.GROUND_TRUTH_DRAFTS_DIR / "kept"
    shutil.copy(lost.source, kept)
    packing.pack(claimed_after(lost))
    shutil.copy(kept, lost.source)  # so that the late one has what it needs to pack it, too
    before = all_there_is(settings)
    assert (before["state"], before["rules"]) == ("ready", 1)
    late(lost)
    assert all_there_is(settings) == before


def test_the_lease_on_a_draft_is_renewed_while_it_is_packed(draft):
    claimed = packing.claim(draft)
    GroundTruth.objects.update(lease_until=claimed.created_at)
    keeper = LeaseKeeper(claimed)
    keeper.must_write = 0.0
    keeper.tick("packing", 1, 2)
    assert not GroundTruth.objects.waiting().exists()


def test_a_worker_that_has_to_stop_gives_the_draft_back(draft, monkeypatch):
    monkeypatch.setattr(leases, "shutting_down", leases.SharedFlag())
    leases.shutting_down.set()
    monkeypatch.setattr(packing, "LeaseKeeper", partial(LeaseKeeper, grace=-leases.SHUTDOWN_GRACE))
    given_back = packing.pack(packing.claim(draft))
    assert (given_back.state, given_back.lease_until) == ("draft", None)
    assert list(GroundTruth.objects.waiting()) == [draft]


def test_a_draft_is_not_ready_before_its_rule_is_published(draft, monkeypatch):
    def broken(_: GroundTruth) -> None:
        raise RuntimeError("a fault in the program")

    monkeypatch.setattr(packing, "publish_unless_in_use", broken)
    waiting = packing.pack(packing.claim(draft))
    assert (waiting.state, waiting.pack_sha256, ScoringRule.objects.count()) == ("draft", "", 0)
    assert "a fault in the program" in waiting.problem
    assert not GroundTruth.objects.waiting().exists()
    assert Path(draft.source).is_file()
