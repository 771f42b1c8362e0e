"""Folders on volumes of their own: what moves between them is complete before it has its name, and private."""

import errno
import shutil
import tempfile
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile

from server import files
from server.submissions import tasks
from server.submissions.models import Evaluation
from server.tracks import packing
from server.tracks.models import GroundTruth
from tests.ground_truths import generated, write

FOLDERS = [
    "ARCHIVES_DIR",
    "GROUND_TRUTH_DIR",
    "GROUND_TRUTH_DRAFTS_DIR",
    "PUBLIC_DIR",
    "STATISTICS_DIR",
    "WORK_DIR",
]


@pytest.fixture
def other_volume(tmp_path):
    """A folder on another file system."""
    shared_memory = Path("/dev/shm")
    if not shared_memory.is_dir() or shared_memory.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("/dev/shm is no other file system here")
    with tempfile.TemporaryDirectory(dir=shared_memory, prefix="lid-") as folder:
        yield Path(folder)


@pytest.fixture
def zipped(tmp_path) -> bytes:
    write(generated("segmentation", "test", 3), tmp_path / "pictures")
    return Path(shutil.make_archive(str(tmp_path / "truth"), "zip", tmp_path / "pictures")).read_bytes()


@pytest.mark.django_db
@pytest.mark.parametrize("folder", FOLDERS)
def test_ground_truth_is_uploaded_and_packed_whichever_folder_is_a_volume(
    folder, other_volume, settings, zipped, tracks, client, admin
):
    setattr(settings, folder, other_volume / "mounted")
    client.force_login(admin)
    upload = SimpleUploadedFile("truth.zip", zipped, "application/zip")
    form = {"split": "test", "option_num_classes": 200, "option_ignore_label": 255, "publish_when_ready": "on"}
    sent = client.post("/organisers/ground-truth/upload/segmentation/", form | {"file": upload})
    assert sent.status_code == 302, sent.content.decode()
    assert packing.pack_next()
    packed = GroundTruth.objects.get()
    assert (packed.state, packed.problem, packed.image_count) == ("ready", "", 3)
    kept = [packed.pack_path, packed.manifest_path, packed.sample_path]
    assert [path.stat().st_mode & 0o777 for path in kept] == [0o400, 0o600, 0o600]
    assert left_over() == []


@pytest.mark.django_db
@pytest.mark.parametrize("folder", ["STATISTICS_DIR", "WORK_DIR"])
def test_a_submission_is_scored_whichever_folder_is_a_volume(folder, other_volume, settings, submitted, alice):
    setattr(settings, folder, other_volume / "mounted")
    submitted(alice)
    assert tasks.score_next()
    evaluation = Evaluation.objects.get()
    assert (evaluation.state, evaluation.last_error) == ("scored", "")
    assert evaluation.statistics_path.stat().st_mode & 0o777 == 0o600


def test_a_copy_that_breaks_off_leaves_neither_a_part_nor_half_a_file(other_volume, tmp_path, monkeypatch):
    source, target = tmp_path / "source", other_volume / "target"
    source.write_bytes(b"new")
    target.write_bytes(b"old")

    def break_off(_: Path, part: Path) -> None:
        part.write_bytes(b"n")
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(files.shutil, "copyfile", break_off)
    with pytest.raises(OSError, match="full"):
        files.keep(source, target)
    assert (source.read_bytes(), target.read_bytes()) == (b"new", b"old")
    assert list(other_volume.iterdir()) == [target]


def left_over() -> list[Path]:
    return [path for name in FOLDERS for path in getattr(settings, name).rglob("*.part")]
