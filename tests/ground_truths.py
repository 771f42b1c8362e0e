"""Ground truth that is packed once by the real packer, and installed into each test's own folders."""

import fcntl
import io
import json
import os
import secrets
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path

import numpy as np
from django.conf import settings
from django.db import transaction
from django.test import override_settings
from PIL import Image

from server.site import demo_data
from server.tracks.lid2020 import seed
from server.tracks.management.commands import install_ground_truth
from server.tracks.models import GroundTruth, ScoringRule, Track
from server.tracks.services import publish

DISTINCT = 12
LARGE, ENLARGED = 1000, 5


# What is wrong with an archive, in the shape that a rejection keeps it.
PROBLEM = dict.fromkeys(("code", "file", "found", "expected", "fix"), "")
# What every submission to a test split has to say, as a form does.
SAID = {"parameters": "25.6M", "rules_kept": "true"}


@dataclass(frozen=True)
class Truth:
    """A generated ground truth as it is installed now."""

    split: demo_data.Split
    row: GroundTruth
    rule: ScoringRule

    def guessed(self, skill: float, number: int = 0) -> bytes:
        """The zip of a team of that skill, 0 to 1."""
        return _guessed(self.split.track, len(self.split.images), self.row.split, skill, number)

    def mistaken(self) -> bytes:
        """A zip whose every PNG is a colour picture."""
        return demo_data.colour_mistake(self.split)

    def honest(self) -> dict[str, bytes]:
        """A good map for each image, by its id."""
        with zipfile.ZipFile(io.BytesIO(self.guessed(0.8))) as archive:
            return {Path(name).stem: archive.read(name) for name in archive.namelist()}

    @property
    def file_names(self) -> list[str]:
        return [f"{name}.png" for name in self.split.images]


class Truths:
    """Packs what is asked for the first time, and afterwards only writes its rows and links its files.

    All processes of a run share the folder.
    """

    def __init__(self, folder: Path, blocker) -> None:
        self.folder = folder
        self.blocker = blocker
        self.packed: dict[tuple[str, str, str], dict[str, object]] = {}

    def install(self, track: Track, split: str, images: int) -> Truth:
        key = (track.slug, split, images)
        row = self.ready(track, split, str(images), lambda folder: write(generated(*key), folder))
        return Truth(generated(*key), row, publish(row))

    def ready(self, track: Track, split: str, name: str, draw: Callable[[Path], object]) -> GroundTruth:
        """The ground truth of this name: the pictures that `draw` puts into a folder, once."""
        key = (track.slug, split, name)
        if key not in self.packed:
            self.packed[key] = self._packed_once(track.slug, split, self.folder / "-".join(key), draw)
        self._link_files(self.packed[key]["pack_sha256"])
        return GroundTruth.objects.create(track=track, split=split, state="ready", **self.packed[key])

    def _packed_once(
        self, slug: str, split: str, pictures: Path, draw: Callable[[Path], object]
    ) -> dict[str, object]:
        """What the process that asked first packed, for which the others wait."""
        facts = pictures.with_suffix(".json")
        with pictures.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not facts.exists():
                draw(pictures)
                facts.write_text(json.dumps(self._pack(slug, split, pictures)))
        return json.loads(facts.read_text())

    def _pack(self, slug: str, split: str, pictures: Path) -> dict[str, object]:
        own = {"GROUND_TRUTH_DIR": self.folder, "PUBLIC_DIR": self.folder}
        own["WORK_DIR"] = pictures.with_suffix(".work")
        with override_settings(**own), self.blocker.unblock(), transaction.atomic():
            track = next(track for track in seed() if track.slug == slug)
            row = install_ground_truth.install(track, split, pictures, {})
            transaction.set_rollback(True)
        assert row.state == GroundTruth.State.READY, row.problem
        names = ("pack_sha256", "truth_sha256", "image_count")
        return {name: getattr(row, name) for name in names} | {"source": str(pictures)}

    def _link_files(self, pack: str) -> None:
        for folder, name in (
            (settings.GROUND_TRUTH_DIR, f"{pack}.pack"),
            (settings.PUBLIC_DIR, f"{pack}.manifest.json"),
            (settings.PUBLIC_DIR, f"{pack}.sample.zip"),
        ):
            folder.mkdir(parents=True, exist_ok=True)
            if not (folder / name).exists():
                _link(self.folder / name, folder / name)


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # another file system
        shutil.copy(source, target)


@cache
def generated(slug: str, split: str, images: int) -> demo_data.Split:
    """At most DISTINCT different pictures, under as many names as are asked for."""
    few = [_enlarged(picture, images) for picture in _drawn(slug, split, images).images.values()]
    names = {f"LID_{split}_{number:05d}": few[number % len(few)] for number in range(images)}
    return demo_data.Split(slug, names)


@cache
def _drawn(slug: str, split: str, images: int) -> demo_data.Split:
    return demo_data.ground_truth(slug, min(images, DISTINCT), seed=len(split))


def _enlarged(picture: np.ndarray, images: int) -> np.ndarray:
    """The pictures of a large split are large too, so that it takes a while to score."""
    times = ENLARGED if images >= LARGE else 1
    return picture.repeat(times, axis=0).repeat(times, axis=1)


def write(split: demo_data.Split, folder: Path) -> None:
    """The pictures as files; each distinct one is drawn once."""
    few = demo_data.Split(split.track, dict(islice(split.images.items(), DISTINCT)))
    few.write(folder)
    drawn = [(folder / f"{name}.png").read_bytes() for name in few.images]
    for number, name in enumerate(split.images):
        (folder / f"{name}.png").write_bytes(drawn[number % len(drawn)])


@cache
def _guessed(slug: str, images: int, split: str, skill: float, number: int) -> bytes:
    archive = io.BytesIO(demo_data.submission(_drawn(slug, split, images), skill, number))
    with zipfile.ZipFile(archive) as few:
        drawn = [_enlarged_png(few.read(name), images) for name in few.namelist()]
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as zipped:
        for place, name in enumerate(generated(slug, split, images).images):
            zipped.writestr(f"results/{name}.png", drawn[place % len(drawn)])
    return archive.getvalue()


def _enlarged_png(png: bytes, images: int) -> bytes:
    file = io.BytesIO()
    Image.fromarray(_enlarged(np.asarray(Image.open(io.BytesIO(png))), images)).save(file, "PNG")
    return file.getvalue()


def distinct(archive: bytes) -> bytes:
    """The same predictions in other bytes, which the server takes for another submission."""
    file = io.BytesIO(archive)
    with zipfile.ZipFile(file, "a") as zipped:
        zipped.writestr("note.txt", secrets.token_hex())
    return file.getvalue()
