"""Packs that cannot be read, as after an upgrade: evaluations wait, one alert is sent, packing again helps."""

import shutil
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from evaluator.contract import PACK_FORMAT, PACK_STARTS
from server import checks
from server.outbox.models import OutboxEmail
from server.submissions.models import Evaluation
from server.submissions.waiting import PAUSED, why_it_waits
from server.tracks.models import GroundTruth, ScoringRule
from server.tracks.services import draft_ground_truth
from tests.ground_truths import generated, write
from tests.processes import eventually

pytestmark = [pytest.mark.both_setups, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def pictures(tmp_path) -> Path:
    """The PNGs of the installed ground truth."""
    write(generated("segmentation", "test", 12), tmp_path / "pictures")
    return tmp_path / "pictures"


@pytest.fixture
def queue(organiser, alice, charlie, submitted) -> list[Evaluation]:
    GroundTruth.objects.update(source="/gone")  # or it would be packed again by itself
    return [submitted(user).evaluations.get() for user in (alice, charlie) for _ in range(3)]


def rewrite(pack: Path, change) -> bytes:
    """Put another file in the pack's place; the fixtures' packs are links, and those stay as they are."""
    content = pack.read_bytes()
    pack.unlink()
    pack.write_bytes(change(content))
    pack.chmod(0o400)
    return content


def older_format(content: bytes) -> bytes:
    return content.replace(PACK_FORMAT, PACK_STARTS + b"1")


def damaged(content: bytes) -> bytes:
    at = len(PACK_FORMAT) + 2
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


def alerts() -> list[str]:
    return list(OutboxEmail.objects.filter(kind="alert").values_list("subject", flat=True))


def states() -> set[str]:
    return set(Evaluation.objects.values_list("state", flat=True))


def held(truth) -> None:
    """Wait until the queue waits for the pack, and look how that is told."""
    eventually(lambda: GroundTruth.objects.exclude(problem="").exists())
    eventually(lambda: states() == {"queued"})
    assert sum(Evaluation.objects.values_list("failures", flat=True)) == 0
    assert {why_it_waits(each) for each in Evaluation.objects.all()} == {PAUSED}
    assert alerts() == [f"The ground truth {truth.row} cannot be read"]


def all_scored() -> None:
    eventually(lambda: states() == {"scored"})
    assert len(alerts()) == 1
    assert ScoringRule.objects.get().number == 1


@pytest.mark.parametrize("change", [older_format, damaged])
def test_the_queue_waits_until_the_pack_can_be_read_again(change, truth, queue, start_worker):
    content = rewrite(truth.row.pack_path, change)
    start_worker()
    held(truth)
    rewrite(truth.row.pack_path, lambda _: content)
    all_scored()
    assert GroundTruth.objects.get().problem == ""


def test_the_same_ground_truth_packed_again_keeps_rule_and_results(truth, pictures, queue, start_worker):
    older = truth.row.pack_path.with_name(f"{'1' * 64}.pack")  # as it was named by its own hash
    truth.row.pack_path.rename(older)
    truth.row.manifest_path.rename(truth.row.manifest_path.with_name(f"{'1' * 64}.manifest.json"))
    GroundTruth.objects.update(pack_sha256="1" * 64)
    truth.row.refresh_from_db()
    rewrite(older, older_format)
    start_worker()
    held(truth)
    call_command("install_ground_truth", "segmentation", "test", str(pictures))
    all_scored()
    assert ScoringRule.objects.get().ground_truth.pack_sha256 != truth.row.pack_sha256


def test_other_ground_truth_is_still_refused_while_results_are_shown(truth, pictures, queue):
    first, second, *_ = sorted(pictures.iterdir())
    second.write_bytes(first.read_bytes())
    with pytest.raises(CommandError, match="only a re-score may replace it"):
        call_command("install_ground_truth", "segmentation", "test", str(pictures))
    assert ScoringRule.objects.get().ground_truth == truth.row


def test_an_uploaded_source_is_packed_again_by_itself(
    tracks, pictures, open_phase, alice, submitted, start_worker
):
    settings.GROUND_TRUTH_DRAFTS_DIR.mkdir(parents=True)
    upload = shutil.make_archive(str(settings.GROUND_TRUTH_DRAFTS_DIR / "upload"), "zip", pictures)
    facts = {"track": tracks["segmentation"], "split": "val", "options": {}, "publish": True}
    draft = draft_ground_truth(source=upload, **facts)
    start_worker()
    rules = ScoringRule.objects.filter(split="val")
    eventually(rules.exists)
    packed = GroundTruth.objects.get(pk=draft.pk)
    eventually(lambda: not Path(upload).exists())
    assert (packed.kept_source_path.stat().st_mode & 0o777, packed.source) == (0o400, str(packed.kept_source_path))
    rewrite(packed.pack_path, older_format)
    assert [warning.id for warning in checks.packs_can_be_read()] == ["lid.W004"]
    submitted(alice, phase=open_phase(slug="val", split="val"))
    eventually(lambda: states() == {"scored"})
    assert [rule.number for rule in rules] == [2]
    assert rules.get().ground_truth.pack_path.is_file()


def test_the_same_ground_truth_can_be_installed_twice(truth, pictures, tracks):
    """Also by a user for whom the pack of the first time is read-only."""
    for _ in range(2):
        call_command("install_ground_truth", "segmentation", "test", str(pictures))
    assert ScoringRule.objects.get().number == 1
    assert truth.row.pack_path.stat().st_mode & 0o777 == 0o400


def test_a_draft_that_cannot_be_stored_is_packed_once_it_can(truth, pictures, tracks, start_worker):
    aside = settings.GROUND_TRUTH_DIR.with_name("aside")
    settings.GROUND_TRUTH_DIR.rename(aside)
    settings.GROUND_TRUTH_DIR.touch()
    facts = {"track": tracks["segmentation"], "split": "val", "options": {}, "publish": True}
    draft = draft_ground_truth(source=pictures, **facts)
    start_worker()
    eventually(lambda: "server error" in GroundTruth.objects.get(pk=draft.pk).problem)
    settings.GROUND_TRUTH_DIR.unlink()
    aside.rename(settings.GROUND_TRUTH_DIR)
    eventually(lambda: GroundTruth.objects.get(pk=draft.pk).state == "ready")
    assert GroundTruth.objects.get(pk=draft.pk).problem == ""
