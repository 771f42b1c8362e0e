"""Tracks: how numbers are printed, and how ground truth becomes a published rule."""

import io
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.urls import reverse
from PIL import Image

from server.files import sha256_of
from server.submissions.models import Evaluation
from server.tracks import packing, services
from server.tracks.lid2020 import seed
from server.tracks.models import GroundTruth, Phase, ScoringRule, Track
from server.tracks.scorers import description_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def segmentation(tracks):
    return tracks["segmentation"]


@pytest.fixture
def draft_of(segmentation, tmp_path):
    """A draft of pictures in a folder of their own."""

    def make(name: str = "pictures", *, publish: bool = False, **pictures) -> GroundTruth:
        folder = tmp_path / name
        folder.mkdir()
        for image, content in (pictures or {"a": png(3), "b": png(7)}).items():
            (folder / f"{image}.png").write_bytes(content)
        return services.draft_ground_truth(
            track=segmentation, split="test", source=folder, options={}, publish=publish
        )

    return make


def png(label: int, mode: str = "L") -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.full((4, 5), label, np.uint8)).convert(mode).save(file, "PNG")
    return file.getvalue()


def packed(draft: GroundTruth) -> GroundTruth:
    assert packing.pack_next()
    return GroundTruth.objects.get(pk=draft.pk)


# Printing

PRINTED = [
    (0.4518, "45.18"),
    (0.451849, "45.18"),
    (0.451851, "45.19"),
    (1.0, "100.00"),
    (0.0, "0.00"),
    (0.07, "7.00"),
    (None, "–"),
]


@pytest.mark.parametrize(("fraction", "text"), PRINTED)
def test_a_fraction_is_printed_as_the_paper_prints_it(fraction, text):
    assert description_of("segmentation").headline.show(fraction) == text


@pytest.mark.parametrize(("threshold", "text"), [(24, "24"), (7.0, "7"), (0, "0"), (255, "255"), (None, "–")])
def test_a_threshold_is_printed_as_an_integer(threshold, text):
    assert description_of("localization").columns[1].show(threshold) == text


def test_the_headline_comes_first_and_extras_are_no_column():
    titles = ["Mean IoU", "Mean Accuracy", "Pixel Accuracy"]
    assert [metric.title for metric in description_of("segmentation").columns] == titles
    assert [metric.title for metric in description_of("scene-parsing").columns] == titles
    assert [metric.title for metric in description_of("localization").columns] == ["Peak-IoU", "Peak-Threshold"]
    values = {"mean_iou": 0.1, "mean_iou_with_background": 0.2}
    printed = [metric.show(values.get(metric.key)) for metric in description_of("segmentation").metrics]
    assert printed == ["10.00", "–", "–", "20.00"]


# The challenge as data


def test_seeding_twice_changes_nothing():
    seed()
    tracks, phases = list(Track.objects.values()), list(Phase.objects.values())
    seed()
    assert (list(Track.objects.values()), list(Phase.objects.values())) == (tracks, phases)
    assert (len(tracks), len(phases)) == (3, 9)


def test_seeding_again_keeps_what_organisers_changed(tracks):
    Track.objects.filter(slug="segmentation").update(title="Ours")
    Phase.objects.filter(slug="challenge").update(limit=9)
    seed()
    assert Track.objects.get(slug="segmentation").title == "Ours"
    assert set(Phase.objects.filter(slug="challenge").values_list("limit", flat=True)) == {9}


@pytest.mark.parametrize("track", ["segmentation", "scene-parsing", "localization"])
def test_the_challenge_took_five_per_team_until_the_end_of_8_june_2020(tracks, track):
    challenge = tracks[track].phases.get(slug="challenge")
    assert (challenge.split, challenge.limit, challenge.per) == ("test", 5, "phase")
    assert challenge.opens_at.isoformat() == "2020-03-22T00:00:00+00:00"
    assert challenge.closes_at.isoformat() == "2020-06-08T23:59:59+00:00"
    assert tracks[track].parameter_limit == 150_000_000


def test_the_tracks_have_the_images_of_the_paper(tracks):
    for slug, counts in {
        "segmentation": ("5,000", "10,000"),
        "scene-parsing": ("2,000", "3,000"),
        "localization": ("23,151", "21,120"),
    }.items():
        assert all(count in tracks[slug].data for count in counts)


@pytest.mark.both_setups
def test_a_phase_must_close_after_it_opens(open_phase, tracks):
    now = open_phase().opens_at
    with pytest.raises(IntegrityError), transaction.atomic():
        open_phase(slug="never", opens_at=now, closes_at=now)


# From draft to rule


def test_a_draft_is_packed_and_its_files_are_named_by_the_packs_hash(draft_of):
    truth = packed(draft_of())
    assert (truth.state, truth.image_count, truth.problem) == ("ready", 2, "")
    assert truth.pack_path.name == f"{truth.pack_sha256}.pack"
    assert sha256_of(truth.pack_path) == truth.pack_sha256
    assert truth.pack_path.stat().st_mode & 0o777 == 0o400
    manifest = json.loads(truth.manifest_path.read_text())
    assert manifest["images"] == [{"id": name, "width": 5, "height": 4} for name in "ab"]
    assert truth.sample_path.is_file()
    assert not packing.pack_next()


def test_a_draft_can_be_published_as_soon_as_it_is_ready(draft_of, segmentation):
    rule = packed(draft_of(publish=True)).rules.get()
    assert (rule.number, rule.state, rule.scorer, rule.split) == (1, "published", "segmentation", "test")
    assert rule.published_at is not None


def test_an_uploaded_draft_is_forgotten_once_it_is_packed(draft_of, settings, segmentation):
    source = draft_of().source
    GroundTruth.objects.all().delete()
    zipped = shutil.make_archive(str(settings.GROUND_TRUTH_DRAFTS_DIR / "upload"), "zip", source)
    upload = services.draft_ground_truth(
        track=segmentation, split="test", source=zipped, options={}, publish=False
    )
    assert packed(upload).state == "ready"
    assert list(settings.GROUND_TRUTH_DRAFTS_DIR.iterdir()) == []


def test_ground_truth_that_cannot_be_used_fails_with_the_reason(draft_of):
    failed = packed(draft_of(a=png(3), street=png(9, "RGB"), publish=True))
    assert failed.state == "failed"
    assert "street.png" in failed.problem
    assert "Traceback" not in failed.problem
    assert not ScoringRule.objects.exists()
    with pytest.raises(services.NotReady, match="cannot be used"):
        services.publish(failed)


def test_an_organiser_reads_every_fault_of_ground_truth_in_the_admin(draft_of, client, admin):
    source = Path(draft_of(a=png(3), street=png(9, "RGB")).source)
    (source / "@eaDir").mkdir()
    (source / "@eaDir" / "a.png").write_bytes(png(3))
    (source / "b.jpg").write_bytes(b"")
    failed = packed(GroundTruth.objects.get())
    client.force_login(admin)
    text = client.get(reverse("admin:tracks_groundtruth_change", args=[failed.pk])).content.decode()
    for words in ("street.png: RGB, 8 bit", "b.jpg: no PNG", "@eaDir/ (1 file): skipped"):
        assert words in text
    assert "b.jpg: no PNG" in client.get(reverse("admin:tracks_groundtruth_changelist")).content.decode()


def test_an_organiser_reads_what_was_skipped_and_what_differs_from_the_published_truth(draft_of, client, admin):
    packed(draft_of(a=png(3), b=png(3), c=png(3), publish=True))
    source = Path(draft_of("other", a=png(3), b=png(3), c=png(3), d=png(3)).source)
    (source / ".cache").mkdir()
    (source / "c.png").rename(source / ".cache" / "c.png")
    truth = packed(GroundTruth.objects.first())
    assert truth.state == "ready"
    client.force_login(admin)
    text = client.get(reverse("admin:tracks_groundtruth_change", args=[truth.pk])).content.decode()
    for words in (
        ".cache/ (1 file): skipped",
        "c.png: missing, compared with the published ground truth",
        "d.png: new, compared",
    ):
        assert words in text


def test_a_draft_that_is_being_packed_is_not_taken_by_another(draft_of):
    draft = draft_of()
    assert packing.claim(draft)
    assert packing.claim(draft) is None
    assert not packing.pack_next()


def test_a_draft_whose_worker_was_lost_is_packed_by_another(draft_of, settings):
    draft = draft_of()
    packing.claim(draft)
    GroundTruth.objects.update(lease_until=draft.created_at)
    assert packed(draft).state == "ready"


def test_publishing_the_same_truth_twice_is_one_rule(install_truth, segmentation, truths):
    first, again = install_truth("segmentation"), install_truth("segmentation")
    assert again.row != first.row
    assert again.rule == first.rule
    assert ScoringRule.objects.count() == 1


def test_a_rule_without_evaluations_is_replaced(install_truth):
    old, new = install_truth("segmentation"), install_truth("segmentation", images=11)
    old.rule.refresh_from_db()
    assert (old.rule.state, old.rule.number) == ("retired", 1)
    assert (new.rule.state, new.rule.number) == ("published", 2)


def test_a_rule_that_boards_show_is_not_replaced(draft_of, truth, phase, submitted, alice):
    submitted(alice)
    other = packed(draft_of(publish=True))
    assert other.state == "ready"
    with pytest.raises(services.RuleInUse, match="only a re-score may replace it"):
        services.publish(other)
    assert phase.published_rule() == truth.rule
    assert Evaluation.objects.get().rule == truth.rule


def test_each_split_has_a_rule_of_its_own(install_truth, tracks):
    install_truth("segmentation")
    install_truth("segmentation", split="val")
    rules = ScoringRule.objects.order_by("number").values_list("number", "split", "state")
    assert list(rules) == [(1, "test", "published"), (2, "val", "published")]


# The command


def install(*arguments) -> str:
    out = io.StringIO()
    call_command("install_ground_truth", *map(str, arguments), stdout=out)
    return out.getvalue()


def test_the_command_packs_and_publishes(draft_of, tracks):
    source = draft_of().source
    GroundTruth.objects.all().delete()
    said = install("segmentation", "test", source)
    truth = GroundTruth.objects.get()
    assert f"Packed 2 images: {truth.pack_sha256}" in said
    assert "Published: segmentation rule 1 (test, published)" in said
    assert install("segmentation", "test", source, "--draft").count("Published") == 0
    assert ScoringRule.objects.count() == 1


def test_the_command_says_what_is_wrong(draft_of, tracks, tmp_path):
    source = draft_of(street=png(9, "RGB")).source
    for arguments, words in [
        (
            ("skiing", "test", source),
            "There is no track “skiing”. Known: segmentation, scene-parsing, localization",
        ),
        (("segmentation", "test", tmp_path / "nowhere"), "does not exist"),
        (("segmentation", "test", source), "cannot be used: "),
        (("segmentation", "test", source, "--option", "resize"), "“resize” does not have the form KEY=VALUE"),
        (("segmentation", "train", source), "invalid choice"),
    ]:
        with pytest.raises(CommandError, match=words):
            install(*arguments)


def test_the_command_tells_how_to_get_tracks(tmp_path):
    with pytest.raises(CommandError, match=r"none; run manage\.py seed_lid2020"):
        install("segmentation", "test", tmp_path)
