"""Drafts of ground truth: seen before they count, published with a preview, removed with their files."""

import io
import json
import zipfile

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from server.accounts.services import make_token
from server.acts import PreviewOutdated, fingerprint
from server.audit.models import AuditLogEntry
from server.tracks import drafts, packing, services
from server.tracks.models import GroundTruth, ScoringRule

pytestmark = pytest.mark.django_db
LIST = reverse("ground_truth:index")


def zip_of(maps: dict[str, np.ndarray], **others: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as zipped:
        for name, pixels in maps.items():
            png = io.BytesIO()
            Image.fromarray(pixels).save(png, "PNG")
            zipped.writestr(f"{name}.png", png.getvalue())
        for name, content in others.items():
            zipped.writestr(name.replace("_", "."), content)
    return file.getvalue()


def map_of(*labels: int, width: int = 8) -> np.ndarray:
    """A map of as many rows of 8 pixels as there are labels, each row of one label."""
    return np.repeat(np.array(labels, np.uint8)[:, np.newaxis], width, axis=1)


MAPS = {"a": map_of(0, 1, 1, 2), "b": map_of(0, 0, 1, 255), "c": map_of(0, 0, 0, 5, width=4)}


@pytest.fixture
def browser(logged_in, organiser):
    return logged_in(organiser)


@pytest.fixture
def upload(browser, tracks):
    """Upload by the form and return the draft: `upload(MAPS, split="val")`."""

    def do(maps, track="segmentation", files=None, **fields) -> GroundTruth:
        file = SimpleUploadedFile("truth.zip", zip_of(maps, **(files or {})))
        form = {"split": "test", "option_num_classes": 200, "option_resize": "bilinear", "file": file}
        form |= {"option_ignore_label": 255, "option_foreground_above": 128} | fields
        answer = browser.post(reverse("ground_truth:upload", args=[track]), form)
        assert answer.status_code == 302, answer.content.decode()
        return GroundTruth.objects.get(pk=answer.headers["Location"].split("/")[-2])

    return do


def packed(draft: GroundTruth) -> GroundTruth:
    return packing.pack(packing.claim(draft))


def text_of(answer) -> str:
    return " ".join(answer.content.decode().split())


def test_a_draft_shows_what_its_maps_hold(upload, browser):
    draft = packed(upload(MAPS, files={"notes_md": b"x"}, listed_ids="a\nb.png\nd.JPEG\n"))
    assert draft.state == "ready", draft.problem
    summary = draft.summary
    assert summary["sizes"] == [
        {"width": 8, "height": 4, "images": 2},
        {"width": 4, "height": 4, "images": 1},
    ]
    counts = {one["label"]: (one["images"], one["pixels"]) for one in summary["labels"] if one["pixels"]}
    assert counts == {0: (3, 8 + 16 + 12), 1: (2, 16 + 8), 2: (1, 8), 5: (1, 4)}
    assert len(summary["unused"]) == 200 - 3
    assert summary["share"] == pytest.approx((24 + 8 + 4) / (32 + 32 + 16))
    page = text_of(browser.get(draft.get_absolute_url()))
    assert "On the list, without a map (1)" in page
    assert "<dd>d</dd>" in page
    assert "Not on the list (1)" in page
    assert "197 classes in no map" in page
    assert "notes.md: skipped, since it is no PNG" in page
    assert "accordion" in page  # the name of class 1


def test_a_mask_shows_its_share_of_foreground_and_no_labels(upload, browser):
    mask = np.full((4, 8), 255, np.uint8)
    mask[1:] = 0
    draft = packed(upload({"a": mask, "b": 255 - mask}, track="localization", option_ignore_value=""))
    assert draft.state == "ready", draft.problem
    page = text_of(browser.get(draft.get_absolute_url()))
    assert "50.0 % of all pixels are foreground: from 25.0 % to 75.0 % of an image." in page
    assert "Labels" not in page


def test_the_pack_tells_the_public_nothing_of_the_labels(upload, folders):
    draft = packed(upload(MAPS))
    public = {path.name for path in (folders / "public").iterdir()}
    assert public == {draft.manifest_path.name, draft.sample_path.name}
    assert "labels" not in json.loads(draft.manifest_path.read_bytes())


def test_a_failed_draft_shows_all_its_faults_and_can_be_removed(
    upload, browser, folders, organiser, django_capture_on_commit_callbacks
):
    maps = MAPS | {"d": map_of(201, 0), "e": np.zeros((2, 2, 3), np.uint8)}
    draft = packed(upload(maps))
    assert draft.state == "failed"
    page = text_of(browser.get(draft.get_absolute_url()))
    assert "d.png (label 201)" in page
    assert "e.png" in page
    address = reverse("ground_truth:remove", args=[draft.pk])
    form = browser.get(address).context["form"].initial
    assert browser.post(address, form).status_code == 400  # without a reason
    with django_capture_on_commit_callbacks(execute=True):
        answer = browser.post(address, form | {"reason": "Wrong file."}, follow=True)
    assert "was removed, with its files" in answer.content.decode()
    assert not GroundTruth.objects.exists()
    assert not list((folders / "drafts").iterdir())
    entry = AuditLogEntry.objects.get(what="removed a draft")
    assert (entry.by, entry.reason, entry.changes["state"]) == (organiser, "Wrong file.", ["failed", ""])


@pytest.mark.django_db(transaction=True)
def test_a_ready_draft_goes_with_its_files_but_what_others_use_stays(upload, organiser, folders):
    one, same = packed(upload(MAPS)), packed(upload(MAPS))
    assert one.pack_sha256 == same.pack_sha256
    drafts.remove_draft(one, by=organiser, reason="Twice.")
    assert same.pack_path.exists()
    drafts.remove_draft(same, by=organiser, reason="Not needed.")
    left = [path for name in ("ground_truth", "public", "drafts") for path in (folders / name).iterdir()]
    assert left == []


def test_what_is_in_use_or_in_work_is_not_removed(upload, organiser, browser):
    working, used = upload(MAPS), packed(upload(MAPS, split="val"))
    assert packing.claim(working)
    services.publish(used, by=organiser)
    for draft, why in ((working, "A worker is packing it"), (used, "boards of the past need it")):
        with pytest.raises(services.CannotRemove, match=why):
            drafts.remove_draft(GroundTruth.objects.get(pk=draft.pk), by=organiser, reason="x")
        assert browser.post(reverse("ground_truth:remove", args=[draft.pk])).status_code == 409
    assert GroundTruth.objects.count() == 2


def test_a_worker_that_claims_a_draft_meanwhile_keeps_it(upload, organiser, monkeypatch):
    draft = upload(MAPS)
    monkeypatch.setattr(drafts, "record", lambda **_: packing.claim(draft))
    with pytest.raises(services.CannotRemove, match="has begun to pack it"):
        drafts.remove_draft(draft, by=organiser, reason="x")
    assert GroundTruth.objects.filter(pk=draft.pk).exists()


def test_publication_is_previewed_and_needs_a_reason(upload, browser, organiser):
    draft = packed(upload(MAPS))
    address = reverse("ground_truth:publish", args=[draft.pk])
    answer = browser.get(address)
    assert f"new submissions to {draft.track.phases.get(slug='challenge')} (closed)" in text_of(answer)
    assert not ScoringRule.objects.exists()  # only looked at
    form = answer.context["form"].initial
    assert browser.post(address, form).status_code == 400
    assert browser.post(address, form | {"reason": "Checked."}).status_code == 302
    assert ScoringRule.objects.get().ground_truth == draft
    assert AuditLogEntry.objects.get(what="published ground truth").reason == "Checked."
    assert AuditLogEntry.objects.get(what="published ground truth").by == organiser


def test_a_publication_of_another_meanwhile_makes_the_preview_stale(upload, organiser):
    draft, other = packed(upload(MAPS)), packed(upload(MAPS | {"d": map_of(3, 3)}))
    seen = fingerprint(drafts.preview_publication(draft))
    services.publish(other, by=organiser)
    with pytest.raises(PreviewOutdated):
        drafts.publish_draft(draft, by=organiser, reason="x", seen=seen)
    assert "Missing: d" in drafts.preview_publication(draft).differences


def test_where_boards_show_anothers_numbers_the_refusal_is_stored_and_points_to_the_re_score(
    upload, browser, phase, alice, have_scored
):
    have_scored(alice, 0.5)
    draft = packed(upload(MAPS, publish_when_ready="on"))
    assert draft.state == "ready"
    assert list(GroundTruth.objects.refused()) == [draft]
    for address in (draft.get_absolute_url(), reverse("ground_truth:publish", args=[draft.pk])):
        assert "only a re-score may replace it" in text_of(browser.get(address))
    assert "was not published when ready" in text_of(browser.get(LIST))


def test_options_are_fields_of_the_scorer(upload, browser):
    page = browser.get(reverse("ground_truth:upload", args=["localization"])).content.decode()
    for name in ("foreground_above", "ignore_value", "resize"):
        assert f'name="option_{name}"' in page
    draft = upload(MAPS, track="localization", option_resize="reject", option_ignore_value=7)
    assert draft.options == {"resize": "reject", "ignore_value": 7}
    assert upload(MAPS, track="localization", option_ignore_value="").options == {}


def test_programs_publish_and_remove(upload, client, organiser):
    draft, failed = packed(upload(MAPS)), upload({})
    _, secret = make_token(user=organiser, label="x", scope="admin", days=1)
    headers = {"Authorization": f"Bearer {secret}"}

    def post(row: GroundTruth, act: str, **fields):
        address = f"/api/v1/admin/ground-truth/{row.pk}/{act}/"
        return client.post(address, fields, "application/json", headers=headers)

    shown = post(draft, "publish", dry_run=True).json()
    assert shown["effect"]["rule_number"] == 1
    assert post(draft, "publish", preview=shown["preview"], reason="Checked.").json() == {
        "rule": 1,
        "split": "test",
    }
    assert post(draft, "remove", reason="x").json()["code"] == "cannot_remove"
    assert post(failed, "remove", reason="Wrong file.").status_code == 200
    assert list(GroundTruth.objects.all()) == [draft]
