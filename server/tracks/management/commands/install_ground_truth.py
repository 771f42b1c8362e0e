"""manage.py install_ground_truth TRACK SPLIT PATH"""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from server.tracks import packing, services
from server.tracks.models import GroundTruth, Split, Track

NAME = "install_ground_truth"


class Command(BaseCommand):
    help = "Pack and verify a folder or zip of ground-truth PNGs, and publish a scoring rule with it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("track", help="slug of the track, such as localization")
        parser.add_argument("split", choices=Split.values)
        parser.add_argument("path", type=Path, help="folder or zip of PNGs named <image id>.png")
        parser.add_argument("--option", action="append", default=[], metavar="KEY=VALUE", help="scorer option")
        parser.add_argument("--draft", action="store_true", help="pack and verify only; publish nothing")

    def handle(self, *, track: str, split: str, path: Path, option: list[str], draft: bool, **_: object) -> None:
        chosen = Track.objects.filter(slug=track).first()
        if chosen is None:
            known = ", ".join(Track.objects.values_list("slug", flat=True)) or "none; run manage.py seed_lid2020"
            raise CommandError(f"There is no track “{track}”. Known: {known}.")
        if not path.exists():
            raise CommandError(f"{path} does not exist.")
        ground_truth = install(chosen, split, path, _options(option))
        for warning in ground_truth.warnings.splitlines():
            self.stdout.write(f"Warning: {warning}")
        if ground_truth.state != GroundTruth.State.READY:
            raise CommandError(f"The ground truth cannot be used: {ground_truth.problem}")
        self.stdout.write(f"Packed {ground_truth.image_count} images: {ground_truth.pack_sha256}")
        if not draft:
            self._publish(ground_truth)

    def _publish(self, ground_truth: GroundTruth) -> None:
        try:
            self.stdout.write(f"Published: {services.publish(ground_truth, by=NAME)}")
        except services.CannotPublish as reason:
            raise CommandError(str(reason)) from reason


def install(track: Track, split: str, path: Path, options: dict[str, str]) -> GroundTruth:
    """Create a draft and pack it in this process; it is claimed at once, so that no worker takes it."""
    with transaction.atomic():
        draft = services.draft_ground_truth(
            track=track, split=split, source=path.resolve(), options=options, publish=False, by=NAME
        )
        claimed = packing.claim(draft)
    if claimed is None:
        raise CommandError("A worker has already claimed this ground truth and packs it.")
    return packing.pack(claimed)


def _options(pairs: list[str]) -> dict[str, str]:
    for pair in pairs:
        if "=" not in pair:
            raise CommandError(f"“{pair}” does not have the form KEY=VALUE.")
    return dict(pair.split("=", 1) for pair in pairs)
