"""Drafts of ground truth: what one holds, what its publication would do, and how it is removed."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import Max

from evaluator.contract import Manifest
from server.accounts.models import User
from server.acts import check_fingerprint, checked_reason
from server.audit.services import as_text, differences, record
from server.tracks.models import GroundTruth, Phase, ScoringRule, Split, Track
from server.tracks.services import CannotPublish, CannotRemove, draft_ground_truth, publish, published_manifest
from server.tracks.upload_form import UploadForm

NAMED = 20  # ids of each difference


@dataclass(frozen=True)
class UploadPreview:
    """What an upload of ground truth does."""

    split: str
    options: dict[str, object]
    what: str


def preview_upload(track: Track, form: UploadForm) -> UploadPreview:
    """Return what the upload of a valid form does."""
    what = "A worker packs and verifies it as a draft, which organisers see. "
    if form.cleaned_data["publish_when_ready"]:
        what += "It is published when it is ready, unless leaderboards show the numbers of another rule."
    else:
        what += "Nothing is published."
    return UploadPreview(_split(track, form.cleaned_data["split"]), form.options, what)


def upload_draft(track: Track, form: UploadForm, *, by: User, seen: str | None = None) -> GroundTruth:
    """Keep the zip of a valid form as a draft. Raises PreviewOutdated."""
    check_fingerprint(seen, preview_upload(track, form))
    source = settings.GROUND_TRUTH_DRAFTS_DIR / f"{uuid4()}.zip"
    form.cleaned_data["file"].keep_as(source)
    return draft_ground_truth(
        track=track,
        split=form.cleaned_data["split"],
        source=source,
        options=form.options,
        publish=form.cleaned_data["publish_when_ready"],
        listed_ids=form.cleaned_data["listed_ids"],
        by=by,
    )


def preview_packing_again(ground_truth: GroundTruth, options: dict[str, object]) -> UploadPreview:
    """Return what packing it again with these options does."""
    version = ground_truth.track.description.version
    what = f"A worker packs the same pictures for scorer version {version}, as a draft. Nothing is published."
    return UploadPreview(_split(ground_truth.track, ground_truth.split), options, what)


def pack_again(
    ground_truth: GroundTruth, options: dict[str, object], *, by: User, seen: str | None = None
) -> GroundTruth:
    """Have ground truth packed with other options, or for the evaluator's present scorer version.

    Raises PreviewOutdated.
    """
    check_fingerprint(seen, preview_packing_again(ground_truth, options))
    track, source = ground_truth.track, Path(ground_truth.source)
    return draft_ground_truth(
        track=track, split=ground_truth.split, source=source, options=options, publish=False, by=by
    )


def _split(track: Track, split: str) -> str:
    return f"{track.title_in_lists}, {Split(split).label}"


@dataclass(frozen=True)
class Difference:
    """Ids of images by which two lists differ."""

    title: str
    ids: tuple[str, ...]

    @property
    def named(self) -> str:
        """The first ids, and how many more there are."""
        more = len(self.ids) - NAMED
        return ", ".join(self.ids[:NAMED]) + (f" and {more:,} more" if more > 0 else "")


def manifest_of(ground_truth: GroundTruth) -> Manifest | None:
    """Return the manifest; None where it is not packed."""
    if ground_truth.state != GroundTruth.State.READY or not ground_truth.manifest_path.is_file():
        return None
    return Manifest.from_json(ground_truth.manifest_path.read_bytes())


def differences_to_list(ground_truth: GroundTruth) -> list[Difference]:
    """Return how the maps differ from the list of ids that was given; nothing without one."""
    manifest, listed = manifest_of(ground_truth), ids_in(ground_truth.listed_ids)
    if manifest is None or not listed:
        return []
    return _found({"On the list, without a map": listed - manifest.ids, "Not on the list": manifest.ids - listed})


def differences_to_published(ground_truth: GroundTruth) -> list[Difference]:
    """Return how the images differ from those of the ground truth that is published for the split."""
    manifest, published = manifest_of(ground_truth), published_manifest(ground_truth.track, ground_truth.split)
    if manifest is None or published is None:
        return []
    sizes = [{image.id: (image.width, image.height) for image in one.images} for one in (manifest, published)]
    resized = {name for name in manifest.ids & published.ids if sizes[0][name] != sizes[1][name]}
    found = {"Missing": published.ids - manifest.ids, "New": manifest.ids - published.ids}
    return _found({**found, "Of another size": resized})


def ids_in(text: str) -> set[str]:
    """Return the ids of a list, one per line; an extension such as .png or .JPEG is no part of an id."""
    names = (line.strip() for line in text.splitlines() if line.strip())
    return {Path(name).stem if Path(name).suffix.lower() in {".png", ".jpeg", ".jpg"} else name for name in names}


def _found(differences: dict[str, Iterable[str]]) -> list[Difference]:
    return [Difference(title, tuple(sorted(ids))) for title, ids in differences.items() if ids]


@dataclass(frozen=True)
class Publication:
    """What follows when a draft is published. `refusal` says why it cannot be; it is empty where it can."""

    ground_truth: str
    rule_number: int
    replaces: str
    phases: tuple[str, ...]
    differences: tuple[str, ...]
    refusal: str


def preview_publication(ground_truth: GroundTruth) -> Publication:
    """Return what follows, without publishing anything."""
    track, split = ground_truth.track, ground_truth.split
    rules = ScoringRule.objects.filter(track=track)
    present = rules.filter(split=split, state=ScoringRule.State.PUBLISHED).first()
    differing = [*differences_to_list(ground_truth), *differences_to_published(ground_truth)]
    return Publication(
        ground_truth=str(ground_truth),
        rule_number=(rules.aggregate(last=Max("number"))["last"] or 0) + 1,
        replaces=str(present) if present else "",
        phases=tuple(f"{phase} ({phase.status})" for phase in Phase.objects.filter(track=track, split=split)),
        differences=tuple(f"{one.title}: {one.named}" for one in differing),
        refusal=_refusal(ground_truth),
    )


def _refusal(ground_truth: GroundTruth) -> str:
    """Try to publish it, and take that back."""
    with transaction.atomic():
        try:
            publish(ground_truth)
        except CannotPublish as refusal:
            return str(refusal)
        finally:
            transaction.set_rollback(True)
    return ""


@transaction.atomic
def publish_draft(
    ground_truth: GroundTruth, *, by: User | str, reason: str, seen: str | None = None
) -> ScoringRule:
    """Publish a rule with a draft as its preview said. Raises CannotPublish, PreviewOutdated or ReasonMissing."""
    reason = checked_reason(reason)
    check_fingerprint(seen, preview_publication(ground_truth))
    rule = publish(ground_truth, by=by, reason=reason)
    GroundTruth.objects.filter(pk=ground_truth.pk).update(refusal="")
    return rule


@dataclass(frozen=True)
class Removal:
    """What is deleted with a draft: the row and these files."""

    ground_truth: str
    state: str
    files: tuple[str, ...]


def preview_removal(ground_truth: GroundTruth) -> Removal:
    """Return what would be deleted. Raises CannotRemove."""
    check_removable(ground_truth)
    files = sorted(file.name for file in _own_files(ground_truth) if file.exists())
    return Removal(str(ground_truth), ground_truth.get_state_display(), tuple(files))


def check_removable(ground_truth: GroundTruth) -> None:
    """Raises CannotRemove."""
    if rule := ground_truth.rules.first():
        raise CannotRemove(
            f"{rule} uses this ground truth, and boards of the past need it. Only failed and unpublished drafts "
            "can be removed."
        )
    if ground_truth.state == GroundTruth.State.PACKING:
        raise CannotRemove("A worker is packing it. Wait until it is ready or has failed, then remove it.")


@transaction.atomic
def remove_draft(ground_truth: GroundTruth, *, by: User | str, reason: str, seen: str | None = None) -> None:
    """Remove a draft with its files, as its preview said. Raises ActRefused."""
    reason = checked_reason(reason)
    row = GroundTruth.objects.select_for_update().filter(pk=ground_truth.pk).first()
    if row is None:
        raise CannotRemove("It was removed already. Nothing was changed.")
    check_fingerprint(seen, preview_removal(row))
    before = as_text(row, ["track", "split", "state", "image_count", "pack_sha256"])
    record(by=by, what="removed a draft", subject=row, changes=differences(before, {}), reason=reason)
    files = _own_files(row)
    claimed_by_nobody = GroundTruth.objects.filter(pk=row.pk, fence=row.fence, state=row.state)
    if not claimed_by_nobody.delete()[0]:
        raise CannotRemove("A worker has begun to pack it. Wait until it is ready or has failed, then remove it.")
    transaction.on_commit(lambda: _unlink(files))


def _own_files(row: GroundTruth) -> list[Path]:
    """Return the files that no other row uses: the same maps packed twice are one pack."""
    others = GroundTruth.objects.exclude(pk=row.pk)
    files = [] if others.filter(source=row.source).exists() else [Path(row.source)]
    ours = [file for file in files if file.parent in {settings.GROUND_TRUTH_DRAFTS_DIR, settings.GROUND_TRUTH_DIR}]
    if row.pack_sha256 and not others.filter(pack_sha256=row.pack_sha256).exists():
        ours += [row.pack_path, row.kept_source_path, row.manifest_path, row.sample_path]
    return ours


def _unlink(files: Iterable[Path]) -> None:
    for file in files:
        file.unlink(missing_ok=True)
